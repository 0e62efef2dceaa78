using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Local.Loopback;
using Serverless.Local.Search;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>Azurite and the AI Search emulator on free ports, for the tests of a collection. Azurite ends with this process.</summary>
public sealed partial class AzureServices : IAsyncLifetime
{
    // Azurite ends with its standard input, and says on which free ports it listens.
    private const string Start = "process.stdin.on('end', () => process.exit(0)).resume(); require(process.argv[1]);";
    private const string Account = "devstoreaccount1";

    // Azurite's published development key.
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("search-");
    private Process? _azurite;

    public string Storage { get; private set; } = string.Empty;

    public LocalTokenCredential Credential { get; } = LocalTokenCredential.Create();

    public SearchEmulator Search { get; private set; } = null!;

    public LoopbackTransport Transport { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Search = new SearchEmulator(new SearchEmulatorOptions { DataDirectory = _data.FullName, BearerToken = Credential.Token });
        await Search.StartAsync(CancellationToken.None);
        Transport = new LoopbackTransport(Search.BaseAddress, new Uri("http://127.0.0.1:1"));
        await StartAzuriteAsync();
    }

    public async Task DisposeAsync()
    {
        Transport.Dispose();
        await Search.DisposeAsync();
        _data.Delete(recursive: true);
        if (_azurite is null) return;
        _azurite.StandardInput.Close();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await _azurite.WaitForExitAsync(deadline.Token);
        _azurite.Dispose();
    }

    private async Task StartAzuriteAsync()
    {
        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
        [
            "-e", Start, Path.Combine(Root(), "node_modules/azurite/dist/src/azurite.js"), "--disableTelemetry", "--inMemoryPersistence", "--disableProductStyleUrl",
            "--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1", "--blobPort", "0", "--queuePort", "0", "--tablePort", "0",
        ])
        {
            start.ArgumentList.Add(argument);
        }

        _azurite = Process.Start(start)!;
        _ = _azurite.StandardError.ReadToEndAsync();
        string? blob = null, queue = null;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (blob is null || queue is null)
        {
            var line = await _azurite.StandardOutput.ReadLineAsync(deadline.Token) ?? throw new InvalidOperationException("Azurite ended before it listened.");
            if (ListeningLine().Match(line) is not { Success: true } match) continue;
            var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{match.Groups["port"].Value}/{Account}");
            if (match.Groups["service"].Value == "Blob") blob = address;
            if (match.Groups["service"].Value == "Queue") queue = address;
        }

        _ = _azurite.StandardOutput.ReadToEndAsync();
        Storage = $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={blob};QueueEndpoint={queue};";
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Serverless.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    [GeneratedRegex(@"Azurite (?<service>\w+) service is successfully listening at http://127\.0\.0\.1:(?<port>\d+)")]
    private static partial Regex ListeningLine();
}

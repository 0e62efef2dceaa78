using System.Diagnostics;
using System.Text.RegularExpressions;
using Local.Tests.Support;

namespace Local.Tests.Hosting;

/// <summary>One real Azurite for the tests of a class, on free ports, in memory. It ends with its standard input, and so with the test run.</summary>
public sealed partial class AzuriteFixture : IAsyncLifetime
{
    private const string Start = "process.stdin.on('end', () => process.exit(0)).resume(); require(process.argv[1]);";

    /// <summary>Azurite's published development account.</summary>
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private Process? _process;

    public string ConnectionString { get; private set; } = string.Empty;

    public async Task InitializeAsync()
    {
        var start = new ProcessStartInfo("node", ["-e", Start, Path.Combine(RepositoryRoot.Path, "node_modules/azurite/dist/src/azurite.js"), "--silent", "--disableTelemetry", "--inMemoryPersistence", "--disableProductStyleUrl"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var service in new[] { "blob", "queue", "table" })
        {
            start.ArgumentList.Add($"--{service}Port");
            start.ArgumentList.Add("0");
        }

        _process = Process.Start(start)!;
        var ports = new Dictionary<string, string>();
        while (ports.Count < 3)
        {
            var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("Azurite ended before it listened.");
            if (Listening().Match(line) is { Success: true } match) ports[match.Groups[1].Value] = match.Groups[2].Value;
        }

        _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};"
            + $"BlobEndpoint=http://127.0.0.1:{ports["Blob"]}/devstoreaccount1;QueueEndpoint=http://127.0.0.1:{ports["Queue"]}/devstoreaccount1;";
    }

    public async Task DisposeAsync()
    {
        if (_process is null) return;
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@"^Azurite (Blob|Queue|Table) service is successfully listening at http://127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening();
}

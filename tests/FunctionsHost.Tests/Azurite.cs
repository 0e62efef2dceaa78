using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.FunctionsHost.Tests;

/// <summary>Azurite's three services in memory, on free ports; it ends with this process.</summary>
public sealed partial class Azurite : IAsyncLifetime
{
    private const string Start = "process.stdin.on('end', () => process.exit(0)).resume(); require(process.argv[1]);";
    private const string Account = "tests";
    private static readonly string Key = Convert.ToBase64String(new byte[64]);
    private Process? _process;

    public string ConnectionString { get; private set; } = string.Empty;

    public async Task InitializeAsync()
    {
        var start = new ProcessStartInfo("node",
        [
            "-e", Start, Path.Combine(Repository.Root, "node_modules/azurite/dist/src/azurite.js"), "--disableTelemetry", "--inMemoryPersistence", "--disableProductStyleUrl", "--skipApiVersionCheck",
            "--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1", "--blobPort", "0", "--queuePort", "0", "--tablePort", "0",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
            Environment = { ["AZURITE_ACCOUNTS"] = $"{Account}:{Key}" },
        };
        _process = Process.Start(start)!;
        _ = _process.StandardError.ReadToEndAsync();
        var services = new Dictionary<string, string>();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (services.Count < 3)
        {
            var line = await _process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("Azurite ended before it listened.");
            if (ListeningLine().Match(line) is { Success: true } match)
                services[match.Groups["service"].Value] = string.Create(CultureInfo.InvariantCulture, $"{match.Groups["service"].Value}Endpoint=http://127.0.0.1:{match.Groups["port"].Value}/{Account}");
        }

        _ = _process.StandardOutput.ReadToEndAsync();
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};{string.Join(';', services.Values)};";
    }

    public async Task DisposeAsync()
    {
        if (_process is null) return;
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
    }

    [GeneratedRegex(@"Azurite (?<service>\w+) service is successfully listening at http://127\.0\.0\.1:(?<port>\d+)")]
    private static partial Regex ListeningLine();
}

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Contracts.Tests;

/// <summary>Azurite's three services in memory, on free ports that it chooses itself; it ends with this process, however that ends.</summary>
public sealed partial class AzuriteProcess : IAsyncDisposable
{
    // It ends with its standard input. What is no longer used it would look for every minute and every ten, and then sort all that there is anew for each thing that it deletes, which answers nobody
    // for minutes where tests have written some ten thousand blobs: here it does so once a day. What the local stack's Azurite does is done here too, but for the journal of its databases.
    private const string Start = """
        process.stdin.on('end', () => process.exit(0)).resume();
        const { createRequire } = require('node:module');
        const azurite = createRequire(process.argv[1]);
        const ours = createRequire(require('node:path').join(process.argv[1], '../../../../../local/Storage/azurite.cjs'));
        ours('./lighter.cjs').install(azurite);
        for (const service of ['blob', 'queue']) azurite(`./${service}/utils/constants.js`).DEFAULT_GC_INTERVAL_MS = 24 * 3600 * 1000;
        ours('./queue-receipts.cjs').install(azurite('./queue/persistence/LokiQueueMetadataStore').default);
        azurite(process.argv[1]);
        """;

    /// <summary>In MB. Thousands of requests' objects are looked through less often than in the 16 that are usual.</summary>
    private const string YoungGeneration = "--max-semi-space-size=64";
    private const string Chrt = "/usr/bin/chrt";

    // Short, as the list of thousands of accounts is one variable of at most 128 KB.
    private static readonly string Key = Convert.ToBase64String(new byte[16]);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Dictionary<string, string> _services;

    private AzuriteProcess(Process process, Dictionary<string, string> services) => (_process, _services) = (process, services);

    /// <summary>Starts one that has these accounts, and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended before.</exception>
    public static Task<AzuriteProcess> StartAsync(params IEnumerable<string> accounts) => StartAsync("node", [YoungGeneration], accounts);

    /// <summary>
    /// As <see cref="StartAsync(IEnumerable{string})"/>, but it runs only where the machine has nothing else to do (SCHED_IDLE of sched(7), where there is chrt): storage of another machine takes no
    /// processor of this one, and what is measured beside it must not wait for it.
    /// </summary>
    /// <exception cref="InvalidOperationException">It ended before it listened.</exception>
    public static Task<AzuriteProcess> StartIdleAsync(params IEnumerable<string> accounts) =>
        File.Exists(Chrt) ? StartAsync(Chrt, ["--idle", "0", "node", YoungGeneration], accounts) : StartAsync("node", [YoungGeneration], accounts);

    private static async Task<AzuriteProcess> StartAsync(string program, string[] arguments, IEnumerable<string> accounts)
    {
        var start = new ProcessStartInfo(program,
        [
            .. arguments, "-e", Start, Path.Combine(Root(), "node_modules/azurite/dist/src/azurite.js"), "--silent", "--disableTelemetry", "--inMemoryPersistence", "--disableProductStyleUrl", "--skipApiVersionCheck",
            "--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1", "--blobPort", "0", "--queuePort", "0", "--tablePort", "0",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
            Environment = { ["AZURITE_ACCOUNTS"] = string.Join(';', accounts.Select(account => $"{account}:{Key}")) },
        };
        var process = Process.Start(start)!;
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        var services = new Dictionary<string, string>();
        using var limit = new CancellationTokenSource(Limit);
        while (services.Count < 3)
        {
            var line = await process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("Azurite ended before it listened.");
            if (ListeningLine().Match(line) is { Success: true } match) services[match.Groups["service"].Value] = match.Groups["port"].Value;
        }

        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        return new AzuriteProcess(process, services);
    }

    /// <summary>Of an account that it was started with.</summary>
    public string ConnectionString(string account) => string.Create(CultureInfo.InvariantCulture,
        $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={Key};{string.Concat(_services.Select(service => $"{service.Key}Endpoint=http://127.0.0.1:{service.Value}/{account};"))}");

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
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

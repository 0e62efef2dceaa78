using Serverless.Local.Loopback;

namespace Serverless.Local.Search;

/// <summary>
/// Azure AI Search on this machine: the REST surface that Azure.Search.Documents 11.5 uses, persistent in SQLite. Indexes live in memory while it
/// runs: BM25 over an inverted index, exact nearest neighbours, RRF. What it does not support it refuses with a 400 that says so.
/// </summary>
public sealed class SearchEmulator : IAsyncDisposable
{
    /// <summary>Its file in the data folder.</summary>
    public const string DatabaseName = "search.db";

    // AI Search takes about 16 MB in one indexing batch.
    private const long MaxBodyBytes = 16 * 1024 * 1024;

    private readonly SearchEmulatorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory? _loggers;
    private LoopbackServer? _server;
    private SearchService? _service;

    public SearchEmulator(SearchEmulatorOptions options, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time ?? TimeProvider.System;
        _loggers = loggers;
    }

    /// <summary>For tests: failures to order.</summary>
    public SearchFaults Faults { get; } = new();

    /// <summary>Where it listens, once started.</summary>
    public Uri BaseAddress => (_server ?? throw new InvalidOperationException("The emulator has not been started.")).BaseAddress;

    /// <summary>Loads what is stored and listens.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="CommandLine.LocalException">What is stored is damaged or gone; names the file.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
            throw new InvalidOperationException("The emulator runs already.");
        Directory.CreateDirectory(_options.DataDirectory);
        _service = new SearchService(Path.Combine(_options.DataDirectory, DatabaseName), _time, _options.VisibilityDelay);
        try
        {
            var endpoints = new SearchEndpoints(_service, _options, Faults);
            _server = await LoopbackServer.StartAsync(_options.Port, MaxBodyBytes, _loggers, static _ => { }, endpoints.Map, cancellationToken);
        }
        catch
        {
            _service.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _service?.Dispose();
    }
}

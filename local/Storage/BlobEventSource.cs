using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Queues;

namespace Serverless.Local.Storage;

/// <summary>
/// Stands in for Event Grid: tells a queue of every blob that is created, replaced or deleted in one container, by comparing its listing with what it has
/// told of. The message goes first and is remembered after, so a crash repeats events and loses none: at least once, as Event Grid.
/// A blob replaced twice between two looks gives one event.
/// </summary>
public sealed partial class BlobEventSource : IAsyncDisposable
{
    private const int BatchSize = 32;
    private const int SendersAtOnce = 8;
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(11);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(10);

    private readonly BlobEventSourceOptions _options;
    private readonly BlobContainerClient _container;
    private readonly QueueClient _queue;
    private readonly QueueClient _poison;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _poked = new(0, 1);
    private readonly SemaphoreSlim _written = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private FileSystemWatcher? _watcher;
    private BlobSnapshot? _snapshot;
    private Task _run = Task.CompletedTask;
    private long _sequence;
    private bool _repeat;

    public BlobEventSource(BlobEventSourceOptions options, TimeProvider? time = null, ILogger<BlobEventSource>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? Microsoft.Extensions.Logging.Abstractions.NullLogger<BlobEventSource>.Instance;
        _container = new BlobContainerClient(options.ConnectionString, options.Container);
        _queue = new QueueClient(options.ConnectionString, options.Queue, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });
        _poison = new QueueClient(options.ConnectionString, options.Queue + "-poison");
    }

    /// <summary>Creates container and queue where they are missing, and begins to look.</summary>
    /// <exception cref="RequestFailedException">The storage account cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_snapshot is not null)
            throw new InvalidOperationException("The event source has been started already.");
        await CreateMissingAsync(cancellationToken);
        Directory.CreateDirectory(_options.DataDirectory);
        _snapshot = new BlobSnapshot(Path.Combine(_options.DataDirectory, "blob-events.db"), _options.Container);

        // Later than any before a restart.
        _sequence = _time.GetUtcNow().UtcTicks;
        if (_options.StorageFolder is { } folder) _watcher = Watch(folder);
        _run = Task.Run(() => RunAsync(_snapshot, _stopping.Token), CancellationToken.None);
    }

    /// <summary>
    /// Tells again of what changed lately, as Event Grid may at any time: somebody has lost what it was told. An event that is told twice does nothing, but takes its time.
    /// </summary>
    public void RepeatRecent()
    {
        Volatile.Write(ref _repeat, true);
        Poke();
    }

    /// <summary>Looks at once: someone has just changed a blob.</summary>
    public void Poke() => Raise(_poked);

    public async ValueTask DisposeAsync()
    {
        _watcher?.Dispose();
        await _stopping.CancelAsync();
        await _run;
        _snapshot?.Dispose();
        _stopping.Dispose();
        _poked.Dispose();
        _written.Dispose();
    }

    private async Task RunAsync(BlobSnapshot snapshot, CancellationToken cancellationToken)
    {
        var failures = 0;
        var isMissing = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            var pause = _options.Interval;
            try
            {
                if (isMissing) await CreateMissingAsync(cancellationToken);
                isMissing = false;
                var began = _time.GetTimestamp();
                var changes = await FindChangesAsync(snapshot, cancellationToken);

                // A container with very many blobs must not keep Azurite busy with listings alone.
                pause = TimeSpan.FromTicks(Math.Max(pause.Ticks, 10 * _time.GetElapsedTime(began).Ticks));
                foreach (var batch in changes.Chunk(BatchSize))
                    await TellAsync(snapshot, batch, cancellationToken);
                failures = 0;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is RequestFailedException or AggregateException or HttpRequestException or IOException or OperationCanceledException)
            {
                // Azurite restarts, say. What has not been remembered is found again.
                LogLookFailed(_options.Container, failure.GetType().Name, (failure as RequestFailedException)?.Status ?? 0);
                isMissing = failure is RequestFailedException { Status: 404 };
                pause = TimeSpan.FromTicks(Math.Min(MaxBackoff.Ticks, pause.Ticks << Math.Min(++failures, 10)));
            }

            await PauseAsync(pause, _poked, cancellationToken);
            if (_watcher is not null && failures == 0) await PauseAsync(_options.IdleInterval, _written, cancellationToken);
        }
    }

    private async Task CreateMissingAsync(CancellationToken cancellationToken)
    {
        await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);

        // The poison queue too, as infra/ does: the host looks into it from the start.
        await _queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await _poison.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
    }

    private async Task<List<BlobChange>> FindChangesAsync(BlobSnapshot snapshot, CancellationToken cancellationToken)
    {
        var changes = new List<BlobChange>();
        var since = Interlocked.Exchange(ref _repeat, false) ? _time.GetUtcNow() - Recent : DateTimeOffset.MaxValue;
        var present = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var blob in _container.GetBlobsAsync(new GetBlobsOptions(), cancellationToken))
        {
            present.Add(blob.Name);
            var etag = blob.Properties.ETag.GetValueOrDefault().ToString("G").Trim('"');
            if (!snapshot.ETags.TryGetValue(blob.Name, out var told) || told != etag || blob.Properties.LastModified >= since)
                changes.Add(new BlobChange(blob.Name, etag, blob.Properties.ContentType, blob.Properties.ContentLength ?? 0, Kind(blob.Properties.BlobType)));
        }

        changes.AddRange(snapshot.ETags.Keys.Where(name => !present.Contains(name)).Select(name => new BlobChange(name, null, null, 0, null)));
        return changes;
    }

    private async Task TellAsync(BlobSnapshot snapshot, BlobChange[] changes, CancellationToken cancellationToken)
    {
        // Thousands may have come together, and each message waits for an answer.
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = SendersAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(changes, parallel, async (change, stop) =>
            await _queue.SendMessageAsync(BlobEventMessage.Write(_container.Uri, _options.Container, change, Interlocked.Increment(ref _sequence), _time.GetUtcNow()), stop));
        snapshot.Remember(changes.Select(change => (change.Name, change.ETag)));
        LogTold(changes.Length, _options.Container);
    }

    // Journal and database of the blob service alike: what else they tell of costs a look that finds nothing.
    private FileSystemWatcher Watch(string folder)
    {
        var watcher = new FileSystemWatcher(folder, "__azurite_db_blob__*");
        watcher.Changed += (_, _) => Raise(_written);
        watcher.Created += (_, _) => Raise(_written);
        watcher.Error += (_, _) => Raise(_written);
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private static void Raise(SemaphoreSlim signal)
    {
        try
        {
            signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to look anyway.
        }
        catch (ObjectDisposedException)
        {
            // A last word of the watcher.
        }
    }

    // Until the pause is over, someone has changed a blob, or the given signal is raised.
    private async Task PauseAsync(TimeSpan pause, SemaphoreSlim signal, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] signals = signal == _poked ? [_poked.WaitAsync(either.Token)] : [_poked.WaitAsync(either.Token), signal.WaitAsync(either.Token)];
        await Task.WhenAny([Task.Delay(pause, _time, either.Token), .. signals]);
        await either.CancelAsync();
        foreach (var wait in signals) await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static string Kind(BlobType? type) => type switch
    {
        BlobType.Append => "AppendBlob",
        BlobType.Page => "PageBlob",
        _ => "BlockBlob",
    };

    [LoggerMessage(EventId = 7301, Level = LogLevel.Debug, Message = "{Count} blob events of container {Container} queued.")]
    private partial void LogTold(int count, string container);

    [LoggerMessage(EventId = 7302, Level = LogLevel.Warning, Message = "Container {Container} could not be looked at: {ExceptionType}, status {Status}. It is tried again.")]
    private partial void LogLookFailed(string container, string exceptionType, int status);
}

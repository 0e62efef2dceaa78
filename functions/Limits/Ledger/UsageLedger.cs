using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Limits.Ledger;

/// <summary>
/// Writes usage records to append blobs <c>usage/yyyy/MM/dd/{instance}-{part}.jsonl</c>, one writer each, in batches: a full one at once, so that thousands of
/// records a second do not all leave in one burst, others after <see cref="LimitOptions.Flush"/>, which is what a crash loses at most; an orderly end loses
/// nothing. A batch whose answer was lost is not written twice: it is appended at a position. Thread-safe.
/// </summary>
public sealed partial class UsageLedger : IAsyncDisposable
{
    public const string Container = "usage";

    // The service permits 50,000.
    private const int MaxBlocks = 49_000;
    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(10);

    private readonly BlobContainerClient _container;
    private readonly LimitOptions _options;
    private readonly LimitMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _instance = Guid.NewGuid().ToString("N")[..12];
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ITimer _timer;
    private readonly UsageLines _pending = new();
    private UsageLines.Batch? _unsent;
    private AppendBlobClient? _blob;
    private string _day = "";
    private int _part;
    private int _blocks;
    private long _position;
    private long _lost;
    private bool _isDue;
    private bool _isWritingFull;
    private bool _disposed;

    public UsageLedger(BlobServiceClient storage, LimitOptions options, LimitMetrics metrics, TimeProvider time, ILogger<UsageLedger> logger)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        (_container, _options, _metrics, _time, _logger) = (storage.GetBlobContainerClient(Container), options, metrics, time, logger);
        _timer = time.CreateTimer(_ => _ = FlushQuietlyAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes a record; never waits.</summary>
    public void Add(UsageRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var line = UsageLines.Write(record);
        var isLost = false;
        lock (_lock)
        {
            if (_pending.Count < _options.MaxPending)
            {
                _pending.Add(line, record.Time);
                if (!_isDue && !_disposed) _isDue = _timer.Change(_options.Flush, Timeout.InfiniteTimeSpan);
                if (_isWritingFull || !_pending.HasFull || _disposed) return;
                _isWritingFull = true;
            }
            else
            {
                _lost++;
                isLost = true;
            }
        }

        if (isLost) _metrics.Lost(1);
        else _ = Task.Run(() => FlushQuietlyAsync(onlyFull: true));
    }

    /// <summary>Writes what is pending; not what comes meanwhile, which would leave a few records at a time for as long as any come.</summary>
    /// <exception cref="RequestFailedException">The storage did not take it; it stays pending.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => FlushAsync(onlyFull: false, cancellationToken);

    private async Task FlushAsync(bool onlyFull, CancellationToken cancellationToken)
    {
        long last;
        lock (_lock) last = onlyFull ? long.MaxValue : _pending.Added;
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (_unsent is not null || (_unsent = NextBatch(onlyFull, last)) is not null)
            {
                await AppendAsync(_unsent, cancellationToken).ConfigureAwait(false);
                _unsent.Dispose();
                _unsent = null;
            }
        }
        finally
        {
            _writing.Release();
        }

        long lost;
        lock (_lock) (lost, _lost) = (_lost, 0);
        if (lost > 0) LogLost(_logger, lost);
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        await FlushQuietlyAsync().ConfigureAwait(false);
        _writing.Dispose();
    }

    private async Task FlushQuietlyAsync(bool onlyFull = false)
    {
        using var limit = new CancellationTokenSource(LongestWrite, _time);
        if (!onlyFull)
        {
            lock (_lock) _isDue = false;
        }

        try
        {
            await FlushAsync(onlyFull, limit.Token).ConfigureAwait(false);
            // After a failure full batches wait for the timer too: not every further record asks a storage that is out.
            lock (_lock) _isWritingFull = false;
        }
        catch (Exception exception) when (exception is RequestFailedException or OperationCanceledException or IOException or HttpRequestException or AggregateException or ObjectDisposedException)
        {
            lock (_lock)
            {
                if (!_isDue && !_disposed) _isDue = _timer.Change(_options.Flush, Timeout.InfiniteTimeSpan);
            }

            LogFailed(_logger, exception is RequestFailedException azure ? azure.ErrorCode ?? azure.Status.ToString(CultureInfo.InvariantCulture) : exception.GetType().Name);
        }
    }

    private UsageLines.Batch? NextBatch(bool onlyFull, long last)
    {
        lock (_lock) return onlyFull ? _pending.HasFull ? _pending.Take() : null : _pending.Taken < last ? _pending.Take() : null;
    }

    private async Task AppendAsync(UsageLines.Batch batch, CancellationToken cancellationToken)
    {
        if (_blob is null || _day != batch.Day || _blocks >= MaxBlocks) await OpenAsync(batch.Day, cancellationToken).ConfigureAwait(false);
        try
        {
            await AppendAtAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException moved) when (moved.Status == 412)
        {
            // This instance is the only writer, so the batch is there already: an answer was lost.
            var length = (await _blob!.GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value.ContentLength;
            if (length != _position + batch.Length)
            {
                _blob = null;
                throw;
            }
        }
        catch (RequestFailedException gone) when (gone.Status is 404 or 409)
        {
            _blob = null;
            throw;
        }

        _position += batch.Length;
        _blocks++;
    }

    private async Task AppendAtAsync(UsageLines.Batch batch, CancellationToken cancellationToken)
    {
        using var content = batch.Open();
        await _blob!.AppendBlockAsync(
            content, new AppendBlobAppendBlockOptions { Conditions = new AppendBlobRequestConditions { IfAppendPositionEqual = _position } }, cancellationToken).ConfigureAwait(false);
    }

    private async Task OpenAsync(string day, CancellationToken cancellationToken)
    {
        _part++;
        var blob = _container.GetAppendBlobClient(string.Create(CultureInfo.InvariantCulture, $"{day}/{_instance}-{_part}.jsonl"));
        var options = new AppendBlobCreateOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/jsonl" } };
        try
        {
            await blob.CreateIfNotExistsAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await blob.CreateIfNotExistsAsync(options, cancellationToken).ConfigureAwait(false);
        }

        (_blob, _day, _blocks, _position) = (blob, day, 0, 0);
    }

    [LoggerMessage(6101, LogLevel.Warning, "Usage could not be written ({Reason}); it is kept and tried again.")]
    private static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(6102, LogLevel.Error, "{Count} usage records were given up: more were pending than Usage:MaxPending permits.")]
    private static partial void LogLost(ILogger logger, long count);
}

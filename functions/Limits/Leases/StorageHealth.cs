using Azure;

namespace Serverless.Functions.Limits.Leases;

/// <summary>The counters' storage, and since when it does not answer. Thread-safe.</summary>
internal sealed class StorageHealth(ILimitBlobs blobs, TimeProvider time) : ILimitBlobs
{
    private long _outSince;

    /// <summary>How long it has not answered; zero when it last did.</summary>
    public TimeSpan OutFor => Interlocked.Read(ref _outSince) is var since && since == 0 ? TimeSpan.Zero : time.GetElapsedTime(since);

    public async Task<BlobSight> ReadAsync(string scope, ETag? known, CancellationToken cancellationToken)
    {
        try
        {
            var sight = await blobs.ReadAsync(scope, known, cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref _outSince, 0);
            return sight;
        }
        catch
        {
            Interlocked.CompareExchange(ref _outSince, time.GetTimestamp(), 0);
            throw;
        }
    }

    public async Task<(ETag? Written, DateTimeOffset? Date)> WriteAsync(string scope, ScopeState state, ETag? expected, CancellationToken cancellationToken)
    {
        try
        {
            var written = await blobs.WriteAsync(scope, state, expected, cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref _outSince, 0);
            return written;
        }
        catch
        {
            Interlocked.CompareExchange(ref _outSince, time.GetTimestamp(), 0);
            throw;
        }
    }
}

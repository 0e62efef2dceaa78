using System.Collections.Concurrent;
using Azure;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>
/// This instance's leases, one for each scope that it has been asked about. While there are any, it
/// returns every quarter of a second what lies unused; when it is disposed of, all of it. Thread-safe.
/// </summary>
internal sealed partial class Limiter : IAsyncDisposable
{
    private static readonly TimeSpan CareEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetireAfter = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestReturn = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, ScopeLease> _leases = new(StringComparer.Ordinal);
    private readonly string _instance = Guid.NewGuid().ToString("N")[..12];
    private readonly LeaseSequence _sequence = new();
    private readonly StorageClock _clock;
    private readonly StorageHealth _blobs;
    private readonly LimitOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();
    private int _caring;
    private int _isTicking;

    public Limiter(ILimitBlobs blobs, LimitOptions options, TimeProvider time, ILogger<Limiter> logger)
    {
        (_blobs, _options, _time, _logger) = (new StorageHealth(blobs, time), options, time, logger);
        _clock = new StorageClock(time);
        _timer = time.CreateTimer(_ => _ = CareAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Scopes that are held in memory.</summary>
    public int Count => _leases.Count;

    /// <summary>How long the counters' storage has not answered.</summary>
    public TimeSpan OutFor => _blobs.OutFor;

    public async ValueTask<(ScopeLease Lease, LeaseOutcome Outcome)> ReserveAsync(ScopeRules scope, Amounts amounts, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_leases.TryGetValue(scope.Scope, out var lease))
            {
                lease = _leases.GetOrAdd(scope.Scope, Create);
                if (Interlocked.Exchange(ref _isTicking, 1) == 0) _timer.Change(CareEvery, CareEvery);
            }

            if (await lease.ReserveAsync(scope.Rules, amounts, cancellationToken).ConfigureAwait(false) is { } outcome) return (lease, outcome);
            _leases.TryRemove(new(scope.Scope, lease));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        using var limit = new CancellationTokenSource(LongestReturn, _time);
        await ReturnAsync(limit.Token).ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>Returns all that lies unused, now.</summary>
    public Task ReturnAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_leases.Values.Where(l => l.NeedsCare).Select(l => l.CareAsync(all: true, cancellationToken)));

    private ScopeLease Create(string scope) =>
        new(scope, _instance, _blobs, _clock, _sequence, _options.Patience, Random.Shared, _time, failure => LogFailure(_logger, scope.Split('/')[0], Describe(failure)));

    private async Task CareAsync()
    {
        // One round at a time, however slow the storage is.
        if (Interlocked.Exchange(ref _caring, 1) == 1) return;
        try
        {
            await Task.WhenAll(_leases.Values.Where(l => l.NeedsCare).Select(l => l.CareAsync(all: false, _stopping.Token))).ConfigureAwait(false);
            foreach (var (scope, lease) in _leases)
            {
                if (lease.TryRetire(RetireAfter)) _leases.TryRemove(new(scope, lease));
            }
        }
        catch (ObjectDisposedException)
        {
            // The instance stops.
        }
        finally
        {
            Volatile.Write(ref _caring, 0);
        }
    }

    private static string Describe(Exception failure) => failure is RequestFailedException azure
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{azure.Status} {azure.ErrorCode}")
        : failure.GetType().Name;

    [LoggerMessage(6001, LogLevel.Warning, "The counters of a {Kind}'s limits could not be changed ({Failure}).")]
    private static partial void LogFailure(ILogger logger, string kind, string failure);
}

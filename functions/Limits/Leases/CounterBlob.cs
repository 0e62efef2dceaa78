using Azure;

namespace Serverless.Functions.Limits.Leases;

/// <summary>
/// A scope's counters as an instance last saw them, and its writes whose fate it does not know. A write that was lost is found again by its
/// sequence number; one that was not applied can no longer be once the blob has another ETag. Under its scope's exclusive turn.
/// </summary>
internal sealed class CounterBlob(string scope, string instance, ILimitBlobs blobs, StorageClock clock, TimeProvider time)
{
    /// <summary>A state older than this may have been forgotten by the others.</summary>
    private const long LongestDoubt = LeasePlanner.ForgetSeconds / 2;

    private readonly List<LeaseAttempt> _doubtful = [];

    /// <summary>Null when it must be read first.</summary>
    public ScopeState? State { get; private set; }

    public ETag? ETag { get; private set; }

    /// <summary>Reads what is there now.</summary>
    /// <returns>Whether it has changed.</returns>
    public async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var sent = time.GetTimestamp();
        var sight = await blobs.ReadAsync(scope, State is null ? null : ETag, cancellationToken).ConfigureAwait(false);
        if (sight.Date is { } date) clock.Observe(date, sent);
        if (sight.State is null) return false;
        var changed = sight.ETag != ETag || State is null;
        (State, ETag) = (sight.State, sight.ETag);
        foreach (var counter in State.Counters.Values) clock.AtLeast(counter.Window);
        return changed;
    }

    /// <returns>False when somebody else was faster: look again.</returns>
    public async Task<bool> WriteAsync(ScopeState next, LeaseAttempt attempt, CancellationToken cancellationToken)
    {
        // In doubt until the answer is there.
        _doubtful.Add(attempt);
        var sent = time.GetTimestamp();
        try
        {
            var (written, date) = await blobs.WriteAsync(scope, next, attempt.Over, cancellationToken).ConfigureAwait(false);
            if (date is { } told) clock.Observe(told, sent);
            if (written is null) return false;
            (State, ETag) = (next, written);
            return true;
        }
        catch
        {
            State = null;
            throw;
        }
    }

    /// <summary>The doubtful writes of which it is now known whether they went through.</summary>
    /// <param name="now">Unix seconds, by the storage's clock.</param>
    public IReadOnlyList<(LeaseAttempt Attempt, bool Applied, bool Safe)> Resolve(long now)
    {
        if (State is null || _doubtful.Count == 0) return [];
        var last = State.Instances.GetValueOrDefault(instance)?.Sequence;
        var resolved = _doubtful.Where(a => a.Sequence == last || a.Over != ETag)
            .Select(a => (a, a.Sequence == last, now - a.Seen < LongestDoubt)).ToList();
        _doubtful.RemoveAll(a => a.Sequence == last || a.Over != ETag);
        return resolved;
    }
}

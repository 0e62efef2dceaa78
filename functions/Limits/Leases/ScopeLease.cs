using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>
/// One instance's part of the limits of one scope. A call is served from memory while the lease lasts, which is renewed on the side when half of it is
/// used; otherwise all calls that wait are served by one write, one at a time. Thread-safe.
/// </summary>
internal sealed class ScopeLease
{
    private const int MaxRounds = 8;

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly LocalAllowance _local;
    private readonly StorageClock _clock;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _onFailure;
    private readonly List<LeaseWaiter> _waiting = [];
    private readonly LeaseRenewal _renewal;
    private bool _busy;
    private TaskCompletionSource? _idle;
    private bool _retired;
    private long _lastUse;
    private long? _failed;

    public ScopeLease(string scope, string instance, ILimitBlobs blobs, StorageClock clock, LeaseSequence sequence, TimeSpan patience, Random random, TimeProvider time, Action<Exception> onFailure)
    {
        (Scope, _clock, _time, _onFailure) = (scope, clock, time, onFailure);
        _local = new LocalAllowance(time);
        _renewal = new LeaseRenewal(instance, _lock, _local, new CounterBlob(scope, instance, blobs, clock, time), clock, sequence, patience, random, time);
        _lastUse = time.GetTimestamp();
    }

    public string Scope { get; }

    /// <summary>Reserves <paramref name="amounts"/> of every rule, or of none.</summary>
    /// <returns>Null when this object has been given up: take a new one.</returns>
    public async ValueTask<LeaseOutcome?> ReserveAsync(IReadOnlyList<LimitRule> rules, Amounts amounts, CancellationToken cancellationToken)
    {
        LeaseWaiter? waiter = null;
        LeaseOutcome? served = null;
        var mustServe = false;
        lock (_lock)
        {
            if (_retired) return null;
            _lastUse = _time.GetTimestamp();
            _local.Use(rules);
            if (_clock.TryRead(out var now) && _local.Roll(now) is null)
            {
                if (_local.Short(amounts, withShadows: true) is null)
                {
                    served = new LeaseOutcome(_local.Take(amounts, now));
                }
                else if (_renewal.IsChecked)
                {
                    if (_local.Beyond(amounts) is { } beyond) return new LeaseOutcome(null, _local.Level(beyond, now));
                    if (_local.Short(amounts, withShadows: false) is null) served = new LeaseOutcome(_local.Take(amounts, now));
                }
            }

            if (served is null)
            {
                if (_failed is { } failed && _time.GetElapsedTime(failed) < AfterFailure) return LeaseOutcome.Unavailable;
                waiter = new LeaseWaiter(amounts);
                _waiting.Add(waiter);
            }

            if (!_busy && (waiter is not null || _local.IsLow)) mustServe = _busy = true;
        }

        if (mustServe) _ = ServeAsync(ahead: waiter is null);
        if (waiter is null) return served;
        try
        {
            return await waiter.Told.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Leave(waiter);
            throw;
        }
    }

    /// <param name="used">Of what was reserved; beyond it, what is owed.</param>
    public void Settle(LeaseHold hold, Amounts used)
    {
        lock (_lock)
        {
            _local.Settle(hold, used, _clock.TryRead(out var now) ? now : null);
            _lastUse = _time.GetTimestamp();
        }
    }

    /// <summary>Whether there is something to return or to renew.</summary>
    public bool NeedsCare
    {
        get
        {
            lock (_lock) return _local.HasSurplus || _local.HoldsSlots;
        }
    }

    /// <summary>Gives this object up if nothing is here and nobody has come for <paramref name="idle"/>.</summary>
    public bool TryRetire(TimeSpan idle)
    {
        lock (_lock)
        {
            if (_retired || _busy || _waiting.Count > 0 || !_local.IsEmpty || _time.GetElapsedTime(_lastUse) < idle) return false;
            return _retired = true;
        }
    }

    /// <summary>Returns what lies unused, and writes that the places in use are still in use.</summary>
    /// <param name="all">Also what was used a moment ago: the instance stops.</param>
    public async Task CareAsync(bool all, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task idle;
            lock (_lock)
            {
                if (!_local.HasSurplus && !_local.HoldsSlots) return;
                if (!_busy)
                {
                    _busy = true;
                    break;
                }

                // What a write under way brings is to be returned too.
                if (!all) return;
                idle = (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await idle.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await _renewal.RunAsync([], giveBack: true, all, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // What could not be returned is lost with its window, or found again by the next write.
            _onFailure(exception);
        }

        bool mustServe;
        lock (_lock)
        {
            mustServe = _waiting.Count > 0;
            if (!mustServe) EndTurn();
        }

        if (mustServe) await ServeAsync(ahead: false).ConfigureAwait(false);
    }

    private void Leave(LeaseWaiter waiter)
    {
        lock (_lock)
        {
            waiter.HasLeft = true;
            _waiting.Remove(waiter);
            if (waiter.Outcome?.Hold is { } hold) _local.Settle(hold, default, _clock.TryRead(out var now) ? now : null);
        }
    }

    /// <summary>Under the lock: nobody writes any more.</summary>
    private void EndTurn()
    {
        _busy = false;
        _idle?.TrySetResult();
        _idle = null;
    }

    /// <summary>Writes for those who wait until nobody does.</summary>
    /// <param name="ahead">Nobody may be waiting: the lease is renewed ahead of need.</param>
    private async Task ServeAsync(bool ahead)
    {
        while (true)
        {
            List<LeaseWaiter> turn;
            lock (_lock)
            {
                if (_waiting.Count == 0 && !ahead)
                {
                    EndTurn();
                    return;
                }

                turn = [.. _waiting];
                ahead = false;
            }

            var failed = false;
            try
            {
                await _renewal.RunAsync(turn, giveBack: false, all: false, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failed = true;
                _onFailure(exception);
            }

            lock (_lock)
            {
                if (!failed) _failed = null;
                else if (turn.Count > 0) _failed = _time.GetTimestamp();
                var isCertain = _clock.TryRead(out var now) && _local.Roll(now) is null;
                foreach (var waiter in turn.Where(w => !w.HasLeft)) waiter.Outcome = failed ? LeaseOutcome.Unavailable : Outcome(waiter, isCertain, now);
                _waiting.RemoveAll(w => w.Outcome is not null);
                _local.MarkLow(never: failed);
            }

            foreach (var waiter in turn.Where(w => w.Outcome is not null)) waiter.Tell();
        }
    }

    /// <summary>Under the lock. Null when it waits for another lease.</summary>
    private LeaseOutcome? Outcome(LeaseWaiter waiter, bool isCertain, ClockReading now)
    {
        var mayWait = ++waiter.Rounds < MaxRounds;
        if (!isCertain) return mayWait ? null : LeaseOutcome.Unavailable;
        if (_local.Short(waiter.Amounts, withShadows: false) is not { } refusing) return new LeaseOutcome(_local.Take(waiter.Amounts, now));
        return mayWait && _local.Beyond(waiter.Amounts) is null ? null : new LeaseOutcome(null, _local.Level(refusing, now));
    }
}

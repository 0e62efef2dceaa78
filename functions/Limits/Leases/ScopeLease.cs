using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>
/// One instance's part of the limits of one scope. A call is served from memory while the lease lasts; otherwise all calls that wait are served
/// by one write, one at a time. Thread-safe.
/// </summary>
internal sealed class ScopeLease(string scope, string instance, ILimitBlobs blobs, StorageClock clock, LeaseSequence sequence, TimeSpan patience, Random random, TimeProvider time, Action<Exception> onFailure)
{
    private const int MaxAttempts = 40;
    private const int MaxRounds = 8;
    private const long RenewSlotsSeconds = LeasePlanner.SlotSeconds / 2;

    private static readonly TimeSpan FirstRecheck = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRecheck = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly LocalAllowance _local = new(time);
    private readonly CounterBlob _blob = new(scope, instance, blobs, clock, time);
    private readonly List<LeaseWaiter> _waiting = [];
    private bool _busy;
    private bool _retired;
    private long _lastUse = time.GetTimestamp();
    private long _checked;
    private TimeSpan _recheck;
    private long? _failed;

    public string Scope => scope;

    /// <summary>Reserves <paramref name="amounts"/> of every rule, or of none.</summary>
    /// <returns>Null when this object has been given up: take a new one.</returns>
    public async ValueTask<LeaseOutcome?> ReserveAsync(IReadOnlyList<LimitRule> rules, Amounts amounts, CancellationToken cancellationToken)
    {
        LeaseWaiter waiter;
        var mustServe = false;
        lock (_lock)
        {
            if (_retired) return null;
            _lastUse = time.GetTimestamp();
            _local.Use(rules);
            if (clock.TryRead(out var now) && _local.Roll(now) is null)
            {
                if (_local.Short(amounts, withShadows: true) is null) return new LeaseOutcome(_local.Take(amounts, now));
                if (time.GetElapsedTime(_checked) < _recheck)
                {
                    if (_local.Beyond(amounts) is { } beyond) return new LeaseOutcome(null, _local.Level(beyond, now));
                    if (_local.Short(amounts, withShadows: false) is null) return new LeaseOutcome(_local.Take(amounts, now));
                }
            }

            if (_failed is { } failed && time.GetElapsedTime(failed) < AfterFailure) return LeaseOutcome.Unavailable;
            waiter = new LeaseWaiter(amounts);
            _waiting.Add(waiter);
            if (!_busy) mustServe = _busy = true;
        }

        if (mustServe) _ = ServeAsync();
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
            _local.Settle(hold, used, clock.TryRead(out var now) ? now : null);
            _lastUse = time.GetTimestamp();
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
            if (_retired || _busy || _waiting.Count > 0 || !_local.IsEmpty || time.GetElapsedTime(_lastUse) < idle) return false;
            return _retired = true;
        }
    }

    /// <summary>Returns what lies unused, and writes that the places in use are still in use.</summary>
    /// <param name="all">Also what was used a moment ago: the instance stops.</param>
    public async Task CareAsync(bool all, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_busy || (!_local.HasSurplus && !_local.HoldsSlots)) return;
            _busy = true;
        }

        try
        {
            await RenewAsync([], giveBack: true, all, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // What could not be returned is lost with its window, or found again by the next write.
            onFailure(exception);
        }

        bool mustServe;
        lock (_lock) mustServe = _busy = _waiting.Count > 0;
        if (mustServe) await ServeAsync().ConfigureAwait(false);
    }

    private void Leave(LeaseWaiter waiter)
    {
        lock (_lock)
        {
            waiter.HasLeft = true;
            _waiting.Remove(waiter);
            if (waiter.Outcome?.Hold is { } hold) _local.Settle(hold, default, clock.TryRead(out var now) ? now : null);
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            List<LeaseWaiter> turn;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _busy = false;
                    return;
                }

                turn = [.. _waiting];
            }

            var failed = false;
            try
            {
                await RenewAsync(turn, giveBack: false, all: false, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failed = true;
                onFailure(exception);
            }

            lock (_lock)
            {
                _failed = failed ? time.GetTimestamp() : null;
                var isCertain = clock.TryRead(out var now) && _local.Roll(now) is null;
                foreach (var waiter in turn.Where(w => !w.HasLeft)) waiter.Outcome = failed ? LeaseOutcome.Unavailable : Outcome(waiter, isCertain, now);
                _waiting.RemoveAll(w => w.Outcome is not null);
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

    private async Task RenewAsync(List<LeaseWaiter> turn, bool giveBack, bool all, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var stop = linked.Token;
        var isFresh = false;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (_blob.State is null || !clock.TryRead(out _))
            {
                await LookAsync(stop).ConfigureAwait(false);
                isFresh = true;
            }

            if (await CertainTimeAsync(stop).ConfigureAwait(false) is not { } now) continue;
            LeasePlan plan;
            LeaseAttempt? write;
            lock (_lock) (plan, write) = Prepare(turn, giveBack, all, isFresh, now);
            if (write is null)
            {
                if (!plan.IsShort || isFresh) return;
                await LookAsync(stop).ConfigureAwait(false);
                isFresh = true;
                continue;
            }

            if (await _blob.WriteAsync(plan.Next, write, stop).ConfigureAwait(false))
            {
                lock (_lock)
                {
                    Resolve(now);
                    // The rules may have been changed during the write.
                    Remember(plan, [.. write.Deltas.Select(d => d.Counter)], isFresh);
                    _local.RestartRates();
                }

                return;
            }

            if (attempt > 0) await Task.Delay(TimeSpan.FromMilliseconds(1 + random.Next(5 * Math.Min(attempt, 10))), time, stop).ConfigureAwait(false);
            await LookAsync(stop).ConfigureAwait(false);
            isFresh = true;
        }

        throw new IOException("The counters are being changed by too many at once.");
    }

    /// <summary>Under the lock. No write when there is nothing to change, or when somebody would be refused on the word of a state that may be old.</summary>
    private (LeasePlan Plan, LeaseAttempt? Write) Prepare(List<LeaseWaiter> turn, bool giveBack, bool all, bool isFresh, ClockReading now)
    {
        Resolve(now);
        var views = _local.Views();
        if (all) views = [.. views.Select(v => v with { IsIdle = true })];
        var seen = now.Earliest.ToUnixTimeSeconds();
        var number = sequence.Next();
        var plan = LeasePlanner.Plan(_blob.State!, instance, number, seen, views, [.. turn.Where(w => !w.HasLeft).Select(w => w.Amounts)], giveBack);
        if (plan.IsShort && !isFresh) return (plan, null);
        var mustRenewSlots = _local.HoldsSlots && now.Latest.ToUnixTimeSeconds() >= _local.SlotsUntil - RenewSlotsSeconds;
        if (!plan.Changes && !mustRenewSlots)
        {
            Remember(plan, _local.Counters, isFresh);
            return (plan, null);
        }

        LeaseDelta[] deltas = [.. _local.Counters.Select((c, i) => new LeaseDelta(c, c.Window, plan.Deltas[i]))];
        _local.Deduct(deltas);
        return (plan, new LeaseAttempt(number, _blob.ETag, seen, deltas));
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (!await _blob.LookAsync(cancellationToken).ConfigureAwait(false)) return;
        lock (_lock) _recheck = TimeSpan.Zero;
    }

    /// <summary>The time, when it is certain in which window it lies; waits for that where a window is just ending.</summary>
    private async Task<ClockReading?> CertainTimeAsync(CancellationToken cancellationToken)
    {
        TimeSpan? wait;
        lock (_lock)
        {
            if (!clock.TryRead(out var now)) return null;
            wait = _local.Roll(now);
            if (wait is null) return now;
        }

        await Task.Delay(wait.Value + TimeSpan.FromMilliseconds(1), time, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Under the lock.</summary>
    private void Resolve(ClockReading now)
    {
        var resolved = _blob.Resolve(now.Earliest.ToUnixTimeSeconds());
        foreach (var (attempt, applied, isSafe) in resolved)
        {
            if (applied)
            {
                _local.Absorb(attempt.Deltas);
                _local.SlotsUntil = attempt.Seen + LeasePlanner.SlotSeconds;
            }
            else if (isSafe)
            {
                // Places are written as a whole: a write that was applied has left out those that another was returning.
                _local.Restore(attempt.Deltas, withSlots: !resolved.Any(r => r.Applied));
            }
        }
    }

    /// <summary>Under the lock. When there was nothing to be had, others' returns are looked for less and less often.</summary>
    private void Remember(LeasePlan plan, IReadOnlyList<LeasedCounter> counters, bool isFresh)
    {
        for (var i = 0; i < counters.Count; i++) counters[i].RemainingSeen = plan.Remaining[i];
        if (!plan.IsShort || !isFresh) return;
        _checked = time.GetTimestamp();
        _recheck = _recheck == TimeSpan.Zero ? FirstRecheck : _recheck < LongestRecheck ? _recheck * 2 : LongestRecheck;
    }
}

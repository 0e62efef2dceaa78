using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>
/// The write of a scope's counters, for whoever has the scope's turn: looks, plans, writes by compare-and-swap, and takes what came of it into the
/// allowance. One at a time; the allowance is touched under <paramref name="gate"/> only.
/// </summary>
/// <param name="gate">The scope's lock.</param>
internal sealed class LeaseRenewal(string instance, Lock gate, LocalAllowance local, CounterBlob blob, StorageClock clock, LeaseSequence sequence, TimeSpan patience, Random random, TimeProvider time)
{
    private const int MaxAttempts = 40;
    private const long RenewSlotsSeconds = LeasePlanner.SlotSeconds / 2;

    private static readonly TimeSpan FirstRecheck = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRecheck = TimeSpan.FromSeconds(5);

    private long _checked;
    private TimeSpan _recheck;

    /// <summary>Under the lock: whether a look that found nothing to be had is new enough to refuse by.</summary>
    public bool IsChecked => time.GetElapsedTime(_checked) < _recheck;

    /// <summary>Takes or returns what the plan says, in one write; looks anew where somebody else was faster.</summary>
    /// <param name="turn">Those who wait; none where the lease is renewed ahead of need, or cared for.</param>
    /// <param name="giveBack">Whether to return what lies unused.</param>
    /// <param name="all">Also what was used a moment ago: the instance stops.</param>
    /// <exception cref="Exception">The storage failed, or did not answer in time.</exception>
    public async Task RunAsync(List<LeaseWaiter> turn, bool giveBack, bool all, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var stop = linked.Token;
        var isFresh = false;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (blob.State is null || !clock.TryRead(out _))
            {
                await LookAsync(stop).ConfigureAwait(false);
                isFresh = true;
            }

            if (await CertainTimeAsync(stop).ConfigureAwait(false) is not { } now) continue;
            LeasePlan plan;
            LeaseAttempt? write;
            lock (gate) (plan, write) = Prepare(turn, giveBack, all, isFresh, now);
            if (write is null)
            {
                if (!plan.IsShort || isFresh) return;
                await LookAsync(stop).ConfigureAwait(false);
                isFresh = true;
                continue;
            }

            if (await blob.WriteAsync(plan.Next, write, stop).ConfigureAwait(false))
            {
                lock (gate)
                {
                    Resolve(now);
                    // The rules may have been changed during the write.
                    Remember(plan, [.. write.Deltas.Select(d => d.Counter)], isFresh);
                    local.RestartRates();
                    local.MarkLow();
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
        var views = local.Views();
        if (all) views = [.. views.Select(v => v with { IsIdle = true })];
        var seen = now.Earliest.ToUnixTimeSeconds();
        var number = sequence.Next();
        var plan = LeasePlanner.Plan(blob.State!, instance, number, seen, views, [.. turn.Where(w => !w.HasLeft).Select(w => w.Amounts)], giveBack);
        if (plan.IsShort && !isFresh) return (plan, null);
        var mustRenewSlots = local.HoldsSlots && now.Latest.ToUnixTimeSeconds() >= local.SlotsUntil - RenewSlotsSeconds;
        if (!plan.Changes && !mustRenewSlots)
        {
            Remember(plan, local.Counters, isFresh);
            return (plan, null);
        }

        LeaseDelta[] deltas = [.. local.Counters.Select((c, i) => new LeaseDelta(c, c.Window, plan.Deltas[i]))];
        local.Deduct(deltas);
        return (plan, new LeaseAttempt(number, blob.ETag, seen, deltas));
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (!await blob.LookAsync(cancellationToken).ConfigureAwait(false)) return;
        lock (gate) _recheck = TimeSpan.Zero;
    }

    /// <summary>The time, when it is certain in which window it lies; waits for that where a window is just ending.</summary>
    private async Task<ClockReading?> CertainTimeAsync(CancellationToken cancellationToken)
    {
        TimeSpan? wait;
        lock (gate)
        {
            if (!clock.TryRead(out var now)) return null;
            wait = local.Roll(now);
            if (wait is null) return now;
        }

        await Task.Delay(wait.Value + TimeSpan.FromMilliseconds(1), time, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Under the lock.</summary>
    private void Resolve(ClockReading now)
    {
        var resolved = blob.Resolve(now.Earliest.ToUnixTimeSeconds());
        foreach (var (attempt, applied, isSafe) in resolved)
        {
            if (applied)
            {
                local.Absorb(attempt.Deltas);
                local.SlotsUntil = attempt.Seen + LeasePlanner.SlotSeconds;
            }
            else if (isSafe)
            {
                // Places are written as a whole: a write that was applied has left out those that another was returning.
                local.Restore(attempt.Deltas, withSlots: !resolved.Any(r => r.Applied));
            }
        }

        // Places that are found again so late that they have been lost meanwhile.
        local.Roll(now);
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

using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>What an instance has of the limits of one scope, in memory: no I/O, nothing that waits. Not thread-safe: its scope's lock is held.</summary>
internal sealed class LocalAllowance(TimeProvider time)
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestRate = TimeSpan.FromMilliseconds(100);

    private IReadOnlyList<LimitRule> _rules = [];

    public List<LeasedCounter> Counters { get; } = [];

    /// <summary>The storage's time (Unix seconds) at which places are no longer this instance's unless it writes again.</summary>
    public long SlotsUntil { get; set; }

    public bool HoldsSlots => Counters.Exists(c => c.IsConcurrency && (c.InUse > 0 || c.Balance > 0));

    /// <summary>Something is here that others may want, or that others will want to know of.</summary>
    public bool IsEmpty => !Counters.Exists(c => c.Balance > 0 || c.InUse > 0);

    public bool HasSurplus => Counters.Exists(c => c.Balance > 0);

    /// <summary>Half of what was here after the last write is used: time for the next, before anybody has to wait for it.</summary>
    public bool IsLow => Counters.Exists(c => c.Balance < c.LowAt);

    /// <summary>Takes over the rules as they are now. What is leased of a rule that has gone is given up: less is admitted, never more.</summary>
    public void Use(IReadOnlyList<LimitRule> rules)
    {
        if (ReferenceEquals(rules, _rules)) return;
        _rules = rules;
        Counters.RemoveAll(c => !rules.Any(r => r.Key == c.Rule.Key));
        foreach (var rule in rules)
        {
            if (Counters.Find(c => c.Rule.Key == rule.Key) is not { } counter)
            {
                Counters.Add(new LeasedCounter(rule));
                continue;
            }

            if (counter.Rule.Amount == rule.Amount) continue;
            // A lease from a larger limit is not a smaller one's.
            if (rule.Amount < counter.Rule.Amount && !counter.IsConcurrency) counter.Balance = Math.Min(counter.Balance, 0);
            counter.RemainingSeen = Math.Max(0, counter.RemainingSeen + rule.Amount - counter.Rule.Amount);
            counter.Rule = rule;
        }
    }

    /// <summary>Moves the counters into the windows that have certainly begun.</summary>
    /// <returns>Null, or how long to wait until it is certain which window it is.</returns>
    public TimeSpan? Roll(ClockReading now)
    {
        TimeSpan? wait = null;
        foreach (var counter in Counters)
        {
            if (counter.IsConcurrency)
            {
                if ((counter.Balance > 0 || counter.InUse > 0) && now.Latest.ToUnixTimeSeconds() >= SlotsUntil) counter.Lapse();
                continue;
            }

            // Forward only: a reading that is older than another thread's takes nothing back.
            if (now.Earliest.ToUnixTimeSeconds() >= counter.Window.End) counter.Enter(LimitWindow.Of(counter.Rule.Period, now.Earliest));
            var end = DateTimeOffset.FromUnixTimeSeconds(counter.Window.End);
            if (now.Latest < end) continue;
            var until = end - now.Earliest;
            if (wait is null || until > wait) wait = until;
        }

        return wait;
    }

    /// <summary>Whether the call would be refused even with all that was left when the instance last looked.</summary>
    public LeasedCounter? Beyond(Amounts amounts)
    {
        foreach (var c in Counters)
        {
            if (!c.Rule.Shadow && amounts.Of(c.Rule.Unit) is > 0 and var amount && amount > c.Balance + c.RemainingSeen) return c;
        }

        return null;
    }

    /// <summary>The first enforced limit that cannot serve the call from what is here.</summary>
    public LeasedCounter? Short(Amounts amounts, bool withShadows)
    {
        foreach (var c in Counters)
        {
            if ((withShadows || !c.Rule.Shadow) && amounts.Of(c.Rule.Unit) is > 0 and var amount && amount > c.Balance) return c;
        }

        return null;
    }

    /// <summary>Reserves; <see cref="Short"/> has said that it can be.</summary>
    public LeaseHold Take(Amounts amounts, ClockReading now)
    {
        var timestamp = time.GetTimestamp();
        var parts = new List<LeaseHold.Part>(Counters.Count);
        var levels = new List<LimitLevel>(Counters.Count);
        List<LimitRule>? shadowed = null;
        foreach (var counter in Counters)
        {
            var amount = amounts.Of(counter.Rule.Unit);
            if (amount > 0 && amount > counter.Balance)
            {
                (shadowed ??= []).Add(counter.Rule);
                continue;
            }

            if (amount == 0 && counter.IsConcurrency) continue;
            counter.Balance -= amount;
            counter.Taken += amount;
            counter.LastTaken = timestamp;
            if (counter.IsConcurrency) counter.InUse += amount;
            parts.Add(new LeaseHold.Part(counter, counter.Window, amount, counter.Lapses));
        }

        foreach (var counter in Counters)
        {
            if (!counter.Rule.Shadow) levels.Add(Level(counter, now));
        }

        return new LeaseHold(parts, shadowed ?? [], levels);
    }

    /// <summary>Ends a reservation: what was not used is here again at once; what was used beyond it is owed.</summary>
    public void Settle(LeaseHold hold, Amounts used, ClockReading? now)
    {
        foreach (var (counter, window, amount, lapses) in hold.Parts)
        {
            if (counter.IsConcurrency)
            {
                counter.InUse -= amount;
                // A place that was lost while the call went on is not got back by a later write: somebody else may have it.
                if (counter.Lapses == lapses && now is { } reading && reading.Latest.ToUnixTimeSeconds() < SlotsUntil) counter.Balance += amount;
                continue;
            }

            var rest = amount - used.Of(counter.Rule.Unit);
            // A window that is over takes nothing back; what is owed is owed in the next.
            if (counter.Window == window || rest < 0) counter.Balance += rest;
        }
    }

    public IReadOnlyList<CounterView> Views() => [.. Counters.Select(View)];

    /// <summary>What is given back leaves before it is written: nobody can use it twice.</summary>
    public void Deduct(IReadOnlyList<LeaseDelta> deltas)
    {
        foreach (var delta in deltas)
        {
            if (delta.Amount < 0) delta.Counter.Balance += delta.Amount;
        }
    }

    /// <summary>The write went through.</summary>
    public void Absorb(IReadOnlyList<LeaseDelta> deltas)
    {
        foreach (var delta in deltas)
        {
            if (delta.Amount > 0 && delta.Counter.Window == delta.Window) delta.Counter.Balance += delta.Amount;
        }
    }

    /// <summary>The write certainly did not go through and never will.</summary>
    public void Restore(IReadOnlyList<LeaseDelta> deltas, bool withSlots)
    {
        foreach (var delta in deltas)
        {
            if (delta.Amount < 0 && delta.Counter.Window == delta.Window && (withSlots || !delta.Counter.IsConcurrency)) delta.Counter.Balance -= delta.Amount;
        }
    }

    /// <summary>Notes how much is here, for <see cref="IsLow"/>.</summary>
    /// <param name="never">The lease is not renewed ahead until the next write.</param>
    public void MarkLow(bool never = false)
    {
        foreach (var counter in Counters) counter.LowAt = never ? 0 : Math.Max(0, counter.Balance / 2);
    }

    public void RestartRates()
    {
        var now = time.GetTimestamp();
        foreach (var counter in Counters) (counter.RateBefore, counter.Taken, counter.TakenSince) = (Rate(counter), 0, now);
    }

    public LimitLevel Level(LeasedCounter counter, ClockReading now) => new(
        counter.Rule,
        counter.Remaining,
        counter.IsConcurrency ? TimeSpan.Zero : Max(TimeSpan.Zero, DateTimeOffset.FromUnixTimeSeconds(counter.Window.End) - now.Earliest));

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private CounterView View(LeasedCounter counter) =>
        new(counter.Rule, counter.Window.Start, counter.Balance, counter.InUse, Rate(counter), time.GetElapsedTime(counter.LastTaken) >= Idle);

    /// <summary>What is reserved in a second. The last write was often less than that ago: what was so before it counts for the rest of the second.</summary>
    private double Rate(LeasedCounter counter)
    {
        var seconds = Max(ShortestRate, time.GetElapsedTime(counter.TakenSince)).TotalSeconds;
        return seconds >= 1 ? counter.Taken / seconds : Math.Max(counter.Taken / seconds, counter.Taken + (counter.RateBefore * (1 - seconds)));
    }
}

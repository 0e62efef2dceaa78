using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>
/// Decides what an instance takes from, or returns to, the counters that all share. Pure. It takes what those who wait need, and ahead of that at
/// most what the instance has lately used in a second; all instances together hold at most <see cref="Ahead"/> of a limit ahead of need,
/// so that the rest can be had by whoever asks first, and limits under 25 are never leased ahead at all.
/// </summary>
public static class LeasePlanner
{
    /// <summary>The part of a limit that may lie unused at instances.</summary>
    public const double Ahead = 0.04;

    /// <summary>An instance that has not written for so long is not counted as one, seconds.</summary>
    public const long AliveSeconds = 60;

    /// <summary>How long places (concurrency) are an instance's without its writing again, seconds.</summary>
    public const long SlotSeconds = 60;

    /// <summary>An instance that has not written for so long is forgotten, seconds.</summary>
    public const long ForgetSeconds = 600;

    /// <param name="now">A time by the storage's clock that has certainly come, Unix seconds.</param>
    /// <param name="counters">Their windows are none older than the state's.</param>
    /// <param name="waiting">Those who wait, first come first; whoever cannot be served is passed over. Empty where a lease is renewed ahead of need.</param>
    /// <param name="giveBack">Whether to return what lies unused; otherwise what is short of what may be kept is taken.</param>
    public static LeasePlan Plan(
        ScopeState state, string instance, long sequence, long now, IReadOnlyList<CounterView> counters, IReadOnlyList<Amounts> waiting, bool giveBack)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(counters);
        var free = counters.Select(c => Free(state, instance, now, c)).ToArray();
        var (needs, isShort) = Needs(counters, free, waiting);
        var deltas = new long[counters.Count];
        var remaining = new long[counters.Count];
        var next = new Dictionary<string, CounterState>(state.Counters, StringComparer.Ordinal);
        var held = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < counters.Count; i++)
        {
            var counter = counters[i];
            var keep = Keep(state, instance, now, counter);
            // Never more than is free, though the limit was lowered or more is out than it permits.
            var take = Math.Clamp(Math.Max(0, needs[i] - counter.Balance), 0, Math.Max(0, free[i]));
            // Whoever writes brings along what will be needed soon, so that few have to wait for the next write.
            if (take > 0 || (!giveBack && counter.Balance - needs[i] < keep / 2)) take = Math.Clamp(needs[i] + keep - counter.Balance, 0, Math.Max(0, free[i]));
            else if (giveBack) take = -Math.Max(0, counter.Balance - needs[i] - keep);
            if (IsPast(state, counter)) take = 0;
            deltas[i] = take;
            remaining[i] = Math.Max(0, free[i] - take);
            var left = counter.Balance + take;
            if (counter.Rule.Unit == LimitUnit.Concurrency)
            {
                held[counter.Rule.Key] = counter.InUse + Math.Max(0, left);
                continue;
            }

            if (IsPast(state, counter)) continue;
            var granted = GrantedIn(state, counter);
            next[counter.Rule.Key] = new CounterState(counter.Window, Math.Max(0, granted + take));
            if (left - needs[i] > 0) held[counter.Rule.Key] = left - needs[i];
        }

        var instances = state.Instances.Where(e => now - e.Value.Seen <= ForgetSeconds).ToDictionary(StringComparer.Ordinal);
        instances[instance] = new InstanceState { Sequence = sequence, Seen = now, Held = held };
        return new LeasePlan(state with { Counters = next, Instances = instances }, deltas, remaining, Array.Exists(deltas, d => d != 0), isShort);
    }

    /// <summary>What an instance may keep ahead of need.</summary>
    private static long Keep(ScopeState state, string instance, long now, CounterView counter)
    {
        if (counter.IsIdle) return 0;
        var others = state.Instances.Where(e => e.Key != instance && now - e.Value.Seen <= AliveSeconds).Select(e => e.Value).ToList();
        var ahead = (long)(counter.Rule.Amount * Ahead);
        if (counter.Rule.Unit == LimitUnit.Concurrency) return (long)Math.Min(counter.RatePerSecond, (double)ahead / (others.Count + 1));
        // What they said in another window is void.
        var theirs = others.Where(o => o.Seen >= counter.Window).Sum(o => o.Held.GetValueOrDefault(counter.Rule.Key));
        return Math.Max(0, (long)Math.Min(Math.Min(counter.RatePerSecond, (double)ahead / (others.Count + 1)), ahead - theirs));
    }

    /// <summary>Somebody has been in a later window already: nothing of this one is given any more, and nothing taken back.</summary>
    private static bool IsPast(ScopeState state, CounterView counter) =>
        counter.Rule.Unit != LimitUnit.Concurrency && state.Counters.TryGetValue(counter.Rule.Key, out var there) && there.Window > counter.Window;

    private static long GrantedIn(ScopeState state, CounterView counter) =>
        state.Counters.TryGetValue(counter.Rule.Key, out var there) && there.Window == counter.Window ? there.Granted : 0;

    /// <summary>What nobody has leased; negative when more is out than the limit permits.</summary>
    private static long Free(ScopeState state, string instance, long now, CounterView counter)
    {
        if (IsPast(state, counter)) return 0;
        if (counter.Rule.Unit != LimitUnit.Concurrency) return counter.Rule.Amount - GrantedIn(state, counter);
        // Places are free again when whoever had them has certainly lost them.
        var others = state.Instances.Where(e => e.Key != instance && e.Value.Seen + SlotSeconds > now).Sum(e => e.Value.Held.GetValueOrDefault(counter.Rule.Key));
        return counter.Rule.Amount - others - counter.InUse - Math.Max(0, counter.Balance);
    }

    /// <summary>What those need, together, who can be served: a limit that only reports stops nobody.</summary>
    private static (long[] Needs, bool IsShort) Needs(IReadOnlyList<CounterView> counters, long[] free, IReadOnlyList<Amounts> waiting)
    {
        var needs = new long[counters.Count];
        var isShort = false;
        foreach (var amounts in waiting)
        {
            var fits = true;
            for (var i = 0; i < needs.Length; i++)
            {
                if (Fits(i, amounts)) continue;
                isShort = true;
                fits &= counters[i].Rule.Shadow;
            }

            if (!fits) continue;
            for (var i = 0; i < needs.Length; i++)
            {
                if (Fits(i, amounts)) needs[i] += amounts.Of(counters[i].Rule.Unit);
            }
        }

        return (needs, isShort);

        bool Fits(int i, Amounts amounts)
        {
            var amount = amounts.Of(counters[i].Rule.Unit);
            return amount == 0 || needs[i] + amount <= counters[i].Balance + Math.Max(0, free[i]);
        }
    }
}

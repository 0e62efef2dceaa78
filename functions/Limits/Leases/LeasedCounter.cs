using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>What an instance has of one limit. Under its scope's lock.</summary>
internal sealed class LeasedCounter(LimitRule rule)
{
    /// <summary>Its key stays; its amount may be changed by an operator.</summary>
    public LimitRule Rule { get; set; } = rule;

    public LimitWindow Window { get; set; } = rule.Unit == LimitUnit.Concurrency ? LimitWindow.Always : default;

    /// <summary>Leased and not reserved; negative when more was used than had been reserved.</summary>
    public long Balance { get; set; }

    /// <summary>Below this <see cref="Balance"/> the lease is renewed ahead of need; 0 for never.</summary>
    public long LowAt { get; set; }

    /// <summary>Places in use (concurrency only).</summary>
    public long InUse { get; set; }

    /// <summary>How often the places were lost since (concurrency only): a call that began before has none to give back.</summary>
    public int Lapses { get; private set; }

    /// <summary>What nobody had leased when the instance last looked; of a new window, all of it.</summary>
    public long RemainingSeen { get; set; } = rule.Amount;

    /// <summary>Reserved since <see cref="TakenSince"/>.</summary>
    public long Taken { get; set; }

    public long TakenSince { get; set; }

    /// <summary>What was reserved in a second before <see cref="TakenSince"/>.</summary>
    public double RateBefore { get; set; }

    public long LastTaken { get; set; }

    public bool IsConcurrency => Rule.Unit == LimitUnit.Concurrency;

    /// <summary>What this instance knows to be left of the window, its own included.</summary>
    public long Remaining => Math.Max(0, RemainingSeen + Balance);

    /// <summary>The places may be another instance's by now, those in use too.</summary>
    public void Lapse()
    {
        Balance = 0;
        Lapses++;
    }

    public void Enter(LimitWindow window)
    {
        Window = window;
        Balance = 0;
        LowAt = 0;
        RemainingSeen = Rule.Amount;
    }
}

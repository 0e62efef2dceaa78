using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits.Leases;

/// <summary>A call that waits for a lease. Its outcome is set once, under the scope's lock, and told outside of it.</summary>
internal sealed class LeaseWaiter(Amounts amounts)
{
    private readonly TaskCompletionSource<LeaseOutcome> _told = new();

    public Amounts Amounts { get; } = amounts;

    public LeaseOutcome? Outcome { get; set; }

    public bool HasLeft { get; set; }

    /// <summary>Leases that were taken for it and did not serve it, because its window ended meanwhile or others were faster.</summary>
    public int Rounds { get; set; }

    public Task<LeaseOutcome> Told => _told.Task;

    public void Tell() => _told.TrySetResult(Outcome!);
}

namespace Serverless.GpuWorker.Speculation;

/// <summary>
/// What drafts have cost and brought, in seconds: so that an engine whose drafts do not come loses no more than a share of its time by trying. A draft is paid for beforehand, out of a hundredth of what steps
/// take and of what earlier drafts brought; what is saved is bounded, so that a load whose drafts came does not pay for a long time of one whose do not.
/// </summary>
internal sealed class DraftAccount
{
    /// <summary>Share of each step's time that may be lost.</summary>
    public const double Share = 0.01;

    /// <summary>Steps' time that is there at first, and that may be saved.</summary>
    public const double MostSteps = 4;

    private double? _balance;

    /// <summary>What a step's drafts may cost at most.</summary>
    /// <param name="step">Seconds that the step takes without drafts.</param>
    public double Available(double step) => _balance ?? (MostSteps * step);

    /// <summary>A step with these drafts is about to run.</summary>
    /// <param name="step">Seconds that it takes without them.</param>
    /// <param name="drafts">Seconds that they add, at most what is available; 0 for none.</param>
    public void Pay(double step, double drafts) => _balance = Math.Min(Available(step) + (Share * step), MostSteps * step) - drafts;

    /// <summary>A draft came.</summary>
    /// <param name="worth">Seconds of the step that would have been needed for its token otherwise.</param>
    public void Earn(double worth) => _balance += worth;
}

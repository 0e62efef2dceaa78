namespace Serverless.GpuWorker.Speculation;

/// <summary>
/// What drafts have cost and brought, in seconds: so that an engine whose drafts do not come loses no more than a share of its time by trying. A draft is paid for beforehand, out of a hundredth of what steps
/// take and of what earlier drafts brought; what is saved is bounded, by less where it was not earned, so that a load whose drafts came does not pay for a long time of one whose do not.
/// </summary>
internal sealed class DraftAccount
{
    /// <summary>Share of each step's time that may be lost.</summary>
    public const double Share = 0.01;

    /// <summary>Steps' time that is there at first, and that may be saved without drafts that came.</summary>
    public const double FirstSteps = 1;

    /// <summary>Steps' time that may be saved of what drafts brought.</summary>
    public const double MostSteps = 2.5;

    private double? _balance;

    /// <summary>What a step's drafts may cost at most.</summary>
    /// <param name="step">Seconds that the step takes without drafts.</param>
    public double Available(double step) => _balance ?? (FirstSteps * step);

    /// <summary>A step with these drafts is about to run.</summary>
    /// <param name="step">Seconds that it takes without them.</param>
    /// <param name="drafts">Seconds that they add, at most what is available; 0 for none.</param>
    public void Pay(double step, double drafts)
    {
        double saved = Math.Min(Available(step), MostSteps * step);
        _balance = Math.Max(saved, Math.Min(saved + (Share * step), FirstSteps * step)) - drafts;
    }

    /// <summary>A draft came.</summary>
    /// <param name="worth">Seconds of the step that would have been needed for its token otherwise.</param>
    public void Earn(double worth) => _balance += worth;
}

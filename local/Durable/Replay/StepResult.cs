using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Replay;

/// <summary>All that a step changes; committed as one.</summary>
internal sealed record StepResult
{
    /// <summary>The instance as it is after the step.</summary>
    public required InstanceRow After { get; init; }

    /// <summary>Ids of the messages that the step has used up.</summary>
    public required IReadOnlyList<long> Consumed { get; init; }

    /// <summary>What is appended to the history.</summary>
    public IReadOnlyList<HistoryEvent> History { get; init; } = [];

    /// <summary>Which of those are actions, now to be done.</summary>
    public IReadOnlyList<HistoryEvent> Actions { get; init; } = [];

    public IReadOnlyCollection<int> CancelledTimers { get; init; } = [];

    /// <summary>Whether the instance begins anew, with an empty history and <see cref="CarriedEvents"/> in its inbox.</summary>
    public bool ContinuesAsNew { get; init; }

    public IReadOnlyList<HistoryEvent> CarriedEvents { get; init; } = [];

    /// <summary>Whether live sub-orchestrations are to be terminated too.</summary>
    public bool TerminatesChildren { get; init; }
}

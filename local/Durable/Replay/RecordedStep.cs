using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Replay;

/// <summary>A step of history: when it was, what came in, what the code asked for.</summary>
internal sealed record RecordedStep(long At, List<HistoryEvent> Inbound, List<HistoryEvent> Actions)
{
    public static List<RecordedStep> Split(IEnumerable<HistoryEvent> history)
    {
        var steps = new List<RecordedStep>();
        foreach (var e in history)
        {
            if (e.Kind == HistoryKind.StepStarted) steps.Add(new(e.At, [], []));
            else if (e.IsInbound) steps[^1].Inbound.Add(e);
            else if (e.IsAction) steps[^1].Actions.Add(e);
        }

        return steps;
    }
}

using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable.Replay;

/// <summary>Sorts an inbox: what concerns the instance as such, what its code is to see now, what must wait.</summary>
internal sealed class InboxTriage
{
    private readonly List<InboxMessage> _held = [];
    private readonly List<InboxMessage> _deliver = [];

    private InboxTriage(bool suspended) => IsSuspended = suspended;

    public bool IsSuspended { get; private set; }

    /// <summary>A message that ends the instance, if there is one; then nothing else matters.</summary>
    public HistoryEvent? Ending { get; private set; }

    public List<long> Consumed { get; } = [];

    /// <summary>Suspensions and resumptions, for the history.</summary>
    public List<HistoryEvent> Control { get; } = [];

    /// <summary>What the code is to see in this step, in order.</summary>
    public List<HistoryEvent> Deliver { get; } = [];

    public static InboxTriage Of(StepInput input)
    {
        var triage = new InboxTriage(input.Instance.Status == OrchestrationRuntimeStatus.Suspended);
        foreach (var message in input.Inbox)
        {
            triage.Take(message, input.Instance.ExecutionId);
            if (triage.Ending is not null) return triage;
        }

        triage.ChooseWhatIsDelivered(started: input.History.Any(e => e.Kind == HistoryKind.ExecutionStarted));
        return triage;
    }

    private void Take(InboxMessage message, string executionId)
    {
        if (message.ExecutionId is { } meant && meant != executionId)
        {
            // Of an execution that is over.
            Consumed.Add(message.Id);
            return;
        }

        switch (message.Event.Kind)
        {
            case HistoryKind.TerminateRequested or HistoryKind.IllegalAwait:
                Ending = message.Event;
                break;
            case HistoryKind.Suspended or HistoryKind.Resumed:
                Consumed.Add(message.Id);
                Control.Add(message.Event);
                IsSuspended = message.Event.Kind == HistoryKind.Suspended;
                if (!IsSuspended)
                {
                    _deliver.AddRange(_held);
                    _held.Clear();
                }

                break;
            default:
                (IsSuspended ? _held : _deliver).Add(message);
                break;
        }
    }

    private void ChooseWhatIsDelivered(bool started)
    {
        // Events that came before a scheduled start wait for it.
        var start = _deliver.FindIndex(message => message.Event.Kind == HistoryKind.ExecutionStarted);
        if (!started && start < 0) return;
        if (start > 0)
        {
            var first = _deliver[start];
            _deliver.RemoveAt(start);
            _deliver.Insert(0, first);
        }

        foreach (var message in _deliver)
        {
            Consumed.Add(message.Id);
            Deliver.Add(message.Event);
        }
    }
}

using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Events;

/// <summary>
/// Turns an event into work: raises the signal in the document's status, then sees to it that an orchestration runs that will find it.
/// A pass ends by compare-and-swap on the same status (<see cref="Steps.EndStep"/>), so a signal is either found by the pass under way
/// or finds the document at rest; nothing depends on the order or the number of events.
/// </summary>
public sealed class DocumentInbox(StatusStore statuses, TimeProvider time, IOptions<IngestionOptions> options, ILogger<DocumentInbox> logger)
{
    private const int MaxWaits = 100;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);

    /// <exception cref="TimeoutException">An orchestration that is ending has not ended; the message is to be tried again.</exception>
    public async Task SignalAsync(DurableTaskClient durable, DocumentEvent message, CancellationToken cancellationToken)
    {
        // What happens to a sidecar happens to its document, whose content it leaves as it is.
        if (AccessSidecar.TargetOf(message.Document) is { } target) message = new DocumentEvent(DocumentEventKind.Refresh, target);
        var document = message.Document;
        var kind = message.Kind.ToString();
        if (document.WhyNotStorable() is { } reason)
        {
            IngestionLog.NotStorable(logger, reason);
            return;
        }

        if (message.Kind == DocumentEventKind.Revive && !await IsLostAsync(durable, document, cancellationToken))
        {
            IngestionLog.Signalled(logger, document.Key, kind, "not needed");
            return;
        }

        var ignored = false;
        var (before, _) = await statuses.ChangeAsync(
            document,
            status =>
            {
                ignored = IsAnswered(status, message);
                return ignored ? status : Signal(status, message);
            },
            cancellationToken);
        if (ignored)
        {
            IngestionLog.Signalled(logger, document.Key, kind, "not needed");
            return;
        }

        // A pass that is under way cannot end without seeing the signal. One that has ended may still be closing down: it will see nothing more.
        var underWay = before is { IsTerminal: false } or { Build: not null };
        // A document at rest has none, almost always: starting one asks the same question.
        if (!underWay && await TryStartAsync(durable, document, cancellationToken))
        {
            IngestionLog.Signalled(logger, document.Key, kind, "started");
            return;
        }

        for (var i = 0; i < MaxWaits; i++)
        {
            var instance = await durable.GetInstanceAsync(document.InstanceId, cancellation: cancellationToken);
            if (instance is null || !LiveOrchestrations.Has(instance))
            {
                if (!await TryStartAsync(durable, document, cancellationToken)) continue;
                IngestionLog.Signalled(logger, document.Key, kind, "started");
                return;
            }

            if (underWay)
            {
                await durable.RaiseEventAsync(document.InstanceId, DocumentOrchestrator.ChangedEvent, kind, cancellationToken);
                IngestionLog.Signalled(logger, document.Key, kind, "signalled");
                return;
            }

            await Task.Delay(Wait, time, cancellationToken);
        }

        throw new TimeoutException($"Orchestration {document.InstanceId} is ending but has not ended.");
    }

    /// <summary>
    /// Whether a document waits for a pass that will not come: its status says that one is under way or due, and no orchestration has done anything for long.
    /// What is left of a lost one is removed, so that another can begin.
    /// </summary>
    private async Task<bool> IsLostAsync(DurableTaskClient durable, DocumentName document, CancellationToken cancellationToken)
    {
        var latest = time.GetUtcNow() - options.Value.ReconcileStuck;
        if (await statuses.FindAsync(document, cancellationToken) is not { } status || (status.IsTerminal && !status.Signalled) || status.UpdatedAt > latest) return false;
        var instance = await durable.GetInstanceAsync(document.InstanceId, cancellation: cancellationToken);
        if (instance is null || !LiveOrchestrations.Has(instance)) return true;
        if (instance.LastUpdatedAt > latest) return false;
        await durable.PurgeInstanceAsync(document.InstanceId, cancellation: cancellationToken);
        return true;
    }

    /// <summary>Notes that an event could not be handled, where nothing else is at work on its document.</summary>
    public async Task PoisonAsync(DurableTaskClient durable, DocumentEvent message, CancellationToken cancellationToken)
    {
        var document = message.Document;
        if (document.WhyNotStorable() is not null) return;
        IngestionLog.Poisoned(logger, document.Key);
        var instance = await durable.GetInstanceAsync(document.InstanceId, cancellation: cancellationToken);
        // Whose pass could not even be begun anew is not at work, whatever its instance says.
        if (message.Kind != DocumentEventKind.Revive && instance is not null && LiveOrchestrations.Has(instance)) return;
        await statuses.ChangeAsync(
            document,
            status => status is { State: DocumentState.Ready, Signalled: false }
                ? status
                : (status ?? new DocumentStatus { State = DocumentState.Failed }) with
                {
                    State = DocumentState.Failed,
                    Signalled = false,
                    Error = "Its event could not be handled in five tries. POST /collections/{collection}/reprocess?path= tries again.",
                },
            cancellationToken);
    }

    private static bool IsAnswered(DocumentStatus? status, DocumentEvent message) => message.Kind switch
    {
        DocumentEventKind.Deleted => status is null,
        DocumentEventKind.Created => status is { IsTerminal: true, Signalled: false } && message.ETag is not null && status.SourceETag?.Trim('"') == message.ETag,
        _ => false,
    };

    private static DocumentStatus Signal(DocumentStatus? status, DocumentEvent message)
    {
        status ??= new DocumentStatus { State = DocumentState.Queued };
        if (status.IsTerminal) status = status with { State = DocumentState.Queued, Percent = 0, Error = null };
        return status with { Signalled = true, Force = status.Force || message.Kind == DocumentEventKind.Reprocess };
    }

    private static async Task<bool> TryStartAsync(DurableTaskClient durable, DocumentName document, CancellationToken cancellationToken)
    {
        try
        {
            var options = new StartOrchestrationOptions(document.InstanceId) { DedupeStatuses = LiveOrchestrations.Statuses };
            await durable.ScheduleNewOrchestrationInstanceAsync(DocumentOrchestrator.Name, new DocumentWork(document), options, cancellationToken);
            return true;
        }
        catch (InvalidOperationException)
        {
            // Another event was faster (OrchestrationAlreadyExistsException).
            return false;
        }
    }
}

using System.Runtime.ExceptionServices;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Batches;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Events;

/// <summary>
/// Turns events into work: notes each in its document's status, then sees to it that an orchestration runs that will find it. Documents at rest whose events come
/// together are taken up by one (<see cref="DocumentBatch"/>), which their statuses name; all others by their own, for which a signal is raised.
/// A pass ends by compare-and-swap on the same status (<see cref="Steps.EndStep"/>), so a signal is either found by the pass under way
/// or finds the document at rest; nothing depends on the order or the number of events.
/// </summary>
public sealed class DocumentInbox(StatusStore statuses, TimeProvider time, IOptions<IngestionOptions> options, ILogger<DocumentInbox> logger) : IDisposable
{
    private const int MaxWaits = 100;

    // Of these, how long a batch that is named and unknown is waited for: it may be about to be begun.
    private const int MaxBatchWaits = 20;
    private const int Parallelism = 8;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);

    private readonly Gathering<Signal> _gathering = new(options.Value.DocumentsPerBatch);

    /// <exception cref="TimeoutException">An orchestration that is ending has not ended; the message is to be tried again.</exception>
    public async Task SignalAsync(DurableTaskClient durable, IReadOnlyList<DocumentEvent> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var signals = new List<Signal>();
        foreach (var message in messages)
        {
            if (await ReadAsync(durable, message, cancellationToken) is { } signal) signals.Add(signal);
        }

        foreach (var several in signals.Chunk(options.Value.DocumentsPerBatch))
        {
            await _gathering.RunAsync(several, gathered => NoteAsync(durable, gathered, cancellationToken), cancellationToken);
            foreach (var signal in several) await SeeToAsync(durable, signal, cancellationToken);
        }
    }

    /// <summary>Notes that an event could not be handled, where nothing else is at work on its document.</summary>
    public async Task PoisonAsync(DurableTaskClient durable, DocumentEvent message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(durable);
        ArgumentNullException.ThrowIfNull(message);
        var document = message.Document;
        if (document.WhyNotStorable() is not null) return;
        IngestionLog.Poisoned(logger, document.Key);
        // Whose pass could not even be begun anew is not at work, whatever its instance says.
        if (message.Kind != DocumentEventKind.Revive)
        {
            var waiting = await statuses.FindAsync(document, cancellationToken);
            if (await durable.GetInstanceAsync(document.InstanceId, cancellation: cancellationToken) is { } instance && IsAtWork(instance, waiting?.DueSince)) return;
            if (waiting?.Batch is { } batch && await durable.GetInstanceAsync(batch, cancellation: cancellationToken) is { } together
                && LiveOrchestrations.Has(together)) return;
        }

        await statuses.ChangeAsync(
            document,
            status => status is { State: DocumentState.Ready, Signalled: false }
                ? status
                : (status ?? new DocumentStatus { State = DocumentState.Failed }) with
                {
                    State = DocumentState.Failed,
                    Signalled = false,
                    FailedBy = PassSettings.PipelineVersion,
                    Error = "Its event could not be handled in five tries. POST /collections/{collection}/reprocess?path= tries again.",
                },
            cancellationToken);
    }

    /// <summary>Has a document that a batch has let go of go on in its own orchestration.</summary>
    /// <returns>False where an earlier one is still closing down: it is to be tried again.</returns>
    internal async Task<bool> ContinueAsync(DurableTaskClient durable, DocumentWork work, CancellationToken cancellationToken)
    {
        if (await TryStartAsync(durable, work, cancellationToken)) return true;
        var due = (await statuses.FindAsync(work.Document, cancellationToken))?.DueSince;
        return await durable.GetInstanceAsync(work.Document.InstanceId, cancellation: cancellationToken) is { } instance && IsAtWork(instance, due);
    }

    public void Dispose() => _gathering.Dispose();

    /// <returns>Null: the event is dropped.</returns>
    private async Task<Signal?> ReadAsync(DurableTaskClient durable, DocumentEvent message, CancellationToken cancellationToken)
    {
        // What happens to a sidecar happens to its document, whose content it leaves as it is.
        if (AccessSidecar.TargetOf(message.Document) is { } target) message = new DocumentEvent(DocumentEventKind.Refresh, target);
        if (message.Document.WhyNotStorable() is { } reason)
        {
            IngestionLog.NotStorable(logger, reason);
            return null;
        }

        if (message.Kind != DocumentEventKind.Revive || await IsLostAsync(durable, message.Document, cancellationToken)) return new Signal(message);
        Log(message, "not needed");
        return null;
    }

    // Those of documents at rest are begun together, if there are several.
    private async Task NoteAsync(DurableTaskClient durable, IReadOnlyList<Signal> signals, CancellationToken cancellationToken)
    {
        var each = signals.GroupBy(signal => signal.Document).ToList();
        var batch = each.Count > 1 ? DocumentBatch.NewId() : null;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(each, parallel, async (several, stop) =>
        {
            foreach (var signal in several) await NoteAsync(signal, batch, stop);
        });
        if (batch is null) return;
        var taken = signals.Where(signal => signal.IsTakenUp).ToList();
        if (taken.Count == 0) return;
        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(
                DocumentBatchOrchestrator.Name, new DocumentBatch(batch, [.. taken.Select(signal => signal.Document)]), new StartOrchestrationOptions(batch), cancellationToken);
        }
        catch (Exception failure)
        {
            foreach (var signal in taken) signal.Failure = ExceptionDispatchInfo.Capture(failure);
        }
    }

    private async Task NoteAsync(Signal signal, string? batch, CancellationToken cancellationToken)
    {
        DocumentStatus? Change(DocumentStatus? status)
        {
            signal.IsAnswered = IsAnswered(status, signal.Message);
            return signal.IsAnswered ? status : Raise(status, signal.Message, batch, time.GetUtcNow());
        }

        try
        {
            // What is created is new, mostly.
            var (before, after) = signal.Message.Kind == DocumentEventKind.Created
                ? await statuses.CreateOrChangeAsync(signal.Document, Change, cancellationToken)
                : await statuses.ChangeAsync(signal.Document, Change, cancellationToken);
            (signal.Before, signal.Batch, signal.DueSince) = (before, after?.Batch, after?.DueSince);
            signal.IsTakenUp = !signal.IsAnswered && batch is not null && !IsUnderWay(signal.Before);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            signal.Failure = ExceptionDispatchInfo.Capture(failure);
        }
    }

    private async Task SeeToAsync(DurableTaskClient durable, Signal signal, CancellationToken cancellationToken)
    {
        signal.Failure?.Throw();
        if (signal.IsAnswered) Log(signal.Message, "not needed");
        else if (signal.IsTakenUp) Log(signal.Message, "started with others");
        // A document at rest has none, almost always: starting one asks the same question.
        else if (!IsUnderWay(signal.Before) && await TryStartAsync(durable, new DocumentWork(signal.Document), cancellationToken)) Log(signal.Message, "started");
        else Log(signal.Message, await ReachAsync(durable, signal, cancellationToken));
    }

    // A pass that is under way cannot end without seeing the signal. One that has ended may still be closing down, for minutes where its host has died: it will see nothing
    // more, and another orchestration takes the document up.
    private async Task<string> ReachAsync(DurableTaskClient durable, Signal signal, CancellationToken cancellationToken)
    {
        var document = signal.Document;
        for (var i = 0; i < MaxWaits; i++)
        {
            if (signal.Batch is { } batch)
            {
                var together = await durable.GetInstanceAsync(batch, cancellation: cancellationToken);
                if (together is not null && LiveOrchestrations.Has(together)) return "signalled";
                // Its host died before it was begun, or it has let go of the document.
                if (together is not null || i >= MaxBatchWaits) signal.Batch = await LeaveAsync(document, batch, cancellationToken);
                else await Task.Delay(Wait, time, cancellationToken);
                continue;
            }

            var instance = await durable.GetInstanceAsync(document.InstanceId, cancellation: cancellationToken);
            if (instance is null || !LiveOrchestrations.Has(instance))
            {
                if (await TryStartAsync(durable, new DocumentWork(document), cancellationToken)) return "started";
                continue;
            }

            if (!IsAtWork(instance, signal.DueSince)) return await TakeUpAsync(durable, document, cancellationToken) ? "started beside one that ends" : "signalled";
            await durable.RaiseEventAsync(document.InstanceId, DocumentOrchestrator.ChangedEvent, signal.Message.Kind.ToString(), cancellationToken);
            return "signalled";
        }

        throw new TimeoutException($"Orchestration {document.InstanceId} comes and goes.");
    }

    /// <summary>Has a document that waits for a pass taken up by a batch of its own.</summary>
    /// <returns>False where somebody has taken it up already.</returns>
    private async Task<bool> TakeUpAsync(DurableTaskClient durable, DocumentName document, CancellationToken cancellationToken)
    {
        var batch = DocumentBatch.NewId();
        var (_, after) = await statuses.ChangeAsync(
            document, status => status is { IsTerminal: false, DueSince: not null, Batch: null } ? status with { Batch = batch, Signalled = false } : status, cancellationToken);
        if (after?.Batch != batch) return false;
        await durable.ScheduleNewOrchestrationInstanceAsync(DocumentBatchOrchestrator.Name, new DocumentBatch(batch, [document]), new StartOrchestrationOptions(batch), cancellationToken);
        return true;
    }

    /// <summary>
    /// Whether a document waits for a pass that will not come: its status says that one is under way or due, and no orchestration has done anything for long.
    /// What is left of a lost one is removed, so that another can begin.
    /// </summary>
    private async Task<bool> IsLostAsync(DurableTaskClient durable, DocumentName document, CancellationToken cancellationToken)
    {
        var latest = time.GetUtcNow() - options.Value.ReconcileStuck;
        if (await statuses.FindAsync(document, cancellationToken) is not { } status || (status.IsTerminal && !status.Signalled) || status.UpdatedAt > latest) return false;
        if (status.Batch is { } batch)
        {
            var together = await durable.GetInstanceAsync(batch, cancellation: cancellationToken);
            if (together is not null && LiveOrchestrations.Has(together) && together.LastUpdatedAt > latest) return false;
            await LeaveAsync(document, batch, cancellationToken);
        }

        var instance = await durable.GetInstanceAsync(document.InstanceId, cancellation: cancellationToken);
        if (instance is null || !LiveOrchestrations.Has(instance)) return true;
        if (instance.LastUpdatedAt > latest) return false;
        await durable.PurgeInstanceAsync(document.InstanceId, cancellation: cancellationToken);
        return true;
    }

    /// <summary>Takes a document out of a batch: should that come to it after all, it passes it over.</summary>
    /// <returns>The batch that it is in now.</returns>
    private async Task<string?> LeaveAsync(DocumentName document, string batch, CancellationToken cancellationToken)
    {
        var (_, after) = await statuses.ChangeAsync(document, status => status?.Batch == batch ? status with { Batch = null } : status, cancellationToken);
        return after?.Batch;
    }

    private static bool IsAnswered(DocumentStatus? status, DocumentEvent message) => message.Kind switch
    {
        DocumentEventKind.Deleted => status is null,
        DocumentEventKind.Created => status is { IsTerminal: true, Signalled: false } && message.ETag is not null && status.SourceETag?.Trim('"') == message.ETag,
        _ => false,
    };

    // The batch that begins after this is written is the answer to it. A pass that may be past its beginning is told by a signal.
    private static DocumentStatus Raise(DocumentStatus? status, DocumentEvent message, string? batch, DateTimeOffset now)
    {
        var isAtRest = !IsUnderWay(status);
        var isFree = batch is not null && isAtRest;
        status ??= new DocumentStatus { State = DocumentState.Queued };
        if (status.IsTerminal) status = status with { State = DocumentState.Queued, Percent = 0, Error = null };
        return status with { Signalled = !isFree, Batch = isFree ? batch : status.Batch, DueSince = isAtRest ? now : status.DueSince, Force = status.Force || message.Kind == DocumentEventKind.Reprocess };
    }

    private static bool IsAtWork(OrchestrationMetadata instance, DateTimeOffset? dueSince) => LiveOrchestrations.Has(instance) && !(instance.CreatedAt < dueSince);

    private static bool IsUnderWay(DocumentStatus? status) => status is { IsTerminal: false } or { Build: not null };

    private static async Task<bool> TryStartAsync(DurableTaskClient durable, DocumentWork work, CancellationToken cancellationToken)
    {
        try
        {
            var options = new StartOrchestrationOptions(work.Document.InstanceId) { DedupeStatuses = LiveOrchestrations.Statuses };
            await durable.ScheduleNewOrchestrationInstanceAsync(DocumentOrchestrator.Name, work, options, cancellationToken);
            return true;
        }
        catch (InvalidOperationException)
        {
            // Another event was faster (OrchestrationAlreadyExistsException).
            return false;
        }
    }

    private void Log(DocumentEvent message, string action) => IngestionLog.Signalled(logger, message.Document.Key, message.Kind.ToString(), action);
}

using Microsoft.Extensions.Options;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Batches;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>
/// Decides what a pass has to do, by what the blob store says now and not by what an event said. A small document it brings in at once: thousands of
/// them come together, and each activity costs more than such a document's content.
/// </summary>
public sealed class BeginStep(
    StatusStore statuses, DocumentBlobs blobs, PassPlanner planner, SucceedStep succeed, PipelineStore pipeline, WholeDocumentStep whole, BuildStep build,
    IOptions<IngestionOptions> options)
{
    /// <param name="turn">The batch that takes the document up; null: its own orchestration does.</param>
    public async Task<PassStart> RunAsync(DocumentName document, BatchTurn? turn, CancellationToken cancellationToken)
    {
        var (taken, isSignalled) = turn is null ? await TakeAsync(document, cancellationToken) : await TakeAsync(document, turn.Id, cancellationToken);
        if (taken is null) return new PassStart(PassKind.Nothing);
        // It had its turn already, or was taken out of the batch.
        if (turn is not null && taken.Batch != turn.Id) return taken is { IsTerminal: true, Signalled: false } ? new PassStart(PassKind.Nothing) { IsBuild = taken.Build is not null } : new PassStart(PassKind.Again);
        var force = taken.Force;
        var at = taken.UpdatedAt;

        if (await blobs.OpenAsync(document, options.Value.WholeDocumentBytes, cancellationToken) is not { } head) return new PassStart(PassKind.Remove);
        var (plan, reason) = await planner.PlanAsync(document, head, force, isSignalled ? null : turn, cancellationToken);
        var pass = plan?.Serving;
        if (plan is not null) taken = await succeed.RunAsync(taken, plan, cancellationToken);
        var isWhole = pass is not null && head.Content is not null;
        if (isWhole && taken is { Indexed: null, Staged: false })
        {
            // What the index holds of it nobody relies on: how far it has come is said when it is there.
            var beginning = new PassBeginning(taken.UpdatedAt, status => Begin(status, pass, head, force, isStaged: false, at));
            if (await whole.RunAsync(pass!, head, indexed: null, beginning, cancellationToken) is { } early) return Then(early, plan);
        }

        var (_, begun) = await statuses.ChangeAsync(document, status => Begin(status, pass, head, force, isStaged: !isWhole, at), cancellationToken);
        if (reason is not null) return new PassStart(PassKind.Reject, Reason: reason);
        if (begun is null || (begun.Signalled && begun.State == DocumentState.Queued)) return new PassStart(PassKind.Again);
        if (begun.State == DocumentState.Ready) return await build.RunAsync(begun, head, plan!.Building, turn?.Id, cancellationToken);
        if (isWhole && !taken.Staged && taken.Indexed is not null
            && await whole.RunAsync(pass!, head, taken.Indexed, beginning: null, cancellationToken) is { } end) return Then(end, plan);

        // A document whose text turned out to be large, or that an earlier pass left in pieces.
        if (!begun.Staged) await statuses.ChangeAsync(document, status => status is null ? null : status with { Staged = true }, cancellationToken);
        await pipeline.ClearAsync(document, pass!.Pass, cancellationToken);
        return new PassStart(PassKind.Ingest, pass);
    }

    // The signal is taken down before the blob is looked at: an event that comes in between raises it again. A document at rest stays there until there is
    // something to say: a host that dies can leave an activity to be run once more when its orchestration has ended, and nobody would take it out of the queue.
    private async Task<(DocumentStatus? Taken, bool IsSignalled)> TakeAsync(DocumentName document, CancellationToken cancellationToken)
    {
        var (before, taken) = await statuses.ChangeAsync(
            document, status => (status ?? new DocumentStatus { State = DocumentState.Queued }) with { Signalled = false, Build = null, Batch = null, DueSince = null }, cancellationToken);
        return (taken, before?.Signalled == true);
    }

    // Whoever put it into the batch left no signal up: this look is the answer to its event. What came since raises one, and where it came without this instance's
    // knowing, the pass finds it at its end.
    private async Task<(DocumentStatus? Taken, bool IsSignalled)> TakeAsync(DocumentName document, string batch, CancellationToken cancellationToken)
    {
        if (statuses.Recall(document) is { Signalled: false, Build: null } recalled && recalled.Batch == batch) return (recalled, false);
        var (before, taken) = await statuses.ChangeAsync(
            document, status => status?.Batch == batch ? status with { Signalled = false, Build = null } : status, cancellationToken);
        return (taken, before?.Signalled == true);
    }

    // Who waits for the document is told before it goes into a generation that nobody asks yet.
    private static PassStart Then(PassStart end, PassPlan? plan) => end with { Then = end.Kind == PassKind.Nothing && plan?.Building is not null };

    private static DocumentStatus? Begin(DocumentStatus? status, PassRef? pass, DocumentHead head, bool force, bool isStaged, DateTimeOffset at)
    {
        if (status is null) return null;
        var attempts = pass is not null && status.Pass == pass.Pass && status.Indexed is null ? status.Attempts + 1 : 1;
        status = status with { SourceETag = head.ETag.ToString(), Size = head.Size };
        // The reason is written when the chunks that are there have gone.
        if (pass is null) return status with { Access = null };
        status = status with { Access = new DocumentAccess(pass.Settings.Groups, pass.Settings.Users ?? []) };
        if (status.Indexed == pass.Pass && !force && !status.Force)
        {
            return status.Signalled
                ? status with { State = DocumentState.Queued }
                : status with { State = DocumentState.Ready, Percent = 100, Error = null, Pass = pass.Pass };
        }

        return status with
        {
            State = DocumentState.Extracting,
            Percent = 1,
            Error = null,
            Pass = pass.Pass,
            Indexed = null,
            Staged = status.Staged || isStaged,
            BegunAt = at,
            Attempts = attempts,
        };
    }
}

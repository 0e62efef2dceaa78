using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>
/// Brings a document that is ready into the generation that is being built beside the one that serves. Whatever comes of it, the document stays as it is seen:
/// ready, and answered from.
/// </summary>
public sealed class BuildStep(StatusStore statuses, PipelineStore pipeline, WholeDocumentStep whole)
{
    /// <param name="building">Null: none is being built.</param>
    /// <param name="batch">The batch that takes the document up; null: its own orchestration does.</param>
    public async Task<PassStart> RunAsync(DocumentStatus ready, DocumentHead head, PassRef? building, string? batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ready);
        ArgumentNullException.ThrowIfNull(head);
        if (building is null || (ready.Built == building.Pass && ready.BuildError is null)) return new PassStart(PassKind.Nothing);
        var isWhole = head.Content is not null;
        var (_, begun) = await statuses.ChangeAsync(
            building.Document,
            status => status is { State: DocumentState.Ready, Signalled: false } ? status with { Build = building.Pass, Batch = batch, BuildError = null, Staged = status.Staged || !isWhole } : status,
            cancellationToken);
        if (begun?.Build != building.Pass) return new PassStart(PassKind.Again);
        var held = ready.BuildError is null ? ready.Built : null;
        if (isWhole && !begun.Staged && await whole.RunAsync(building, head, held, beginning: null, cancellationToken) is { } end) return end with { IsBuild = true };
        if (!begun.Staged) await statuses.ChangeAsync(building.Document, status => status is null ? null : status with { Staged = true }, cancellationToken);
        await pipeline.ClearAsync(building.Document, building.Pass, cancellationToken);
        return new PassStart(PassKind.Ingest, building);
    }

    /// <summary>What a status says once a pass into a generation that is being built has ended.</summary>
    internal static DocumentStatus End(DocumentStatus status, PassRef pass) =>
        status.Build != pass.Pass ? status : status with { Build = null, Built = pass.Pass, BuildError = null, Staged = false };
}

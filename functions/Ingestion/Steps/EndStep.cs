using Microsoft.Extensions.Logging;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Vectors;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>
/// Ends a pass: ready, failed or gone. Each end is one compare-and-swap on the status, so that a signal either comes before it and is
/// answered by another pass, or comes after it and finds the document at rest.
/// </summary>
public sealed class EndStep(
    StatusStore statuses, DocumentBlobs blobs, ManifestStore manifests, PipelineStore pipeline, ChunkWriter writer, ChunkVectors indexed, RetiredVectors retired, ILogger<EndStep> logger)
{
    /// <returns>Whether another pass must follow.</returns>
    public async Task<bool> ReadyAsync(PassRef pass, CancellationToken cancellationToken)
    {
        await pipeline.ClearAsync(pass.Document, keep: null, cancellationToken);
        var unchanged = (await blobs.FindAsync(pass.Document, cancellationToken))?.ETag.ToString() == pass.ETag;
        var (_, after) = await statuses.ChangeAsync(
            pass.Document,
            status => status is null ? null : status.Signalled || !unchanged
                ? status with { State = DocumentState.Queued, Percent = 0, Indexed = pass.Pass, Force = status.Signalled && status.Force, Staged = false }
                : status with { State = DocumentState.Ready, Percent = 100, Indexed = pass.Pass, Error = null, Force = false, Staged = false },
            cancellationToken);
        IngestionLog.Ended(logger, pass.Document.Key, after?.State.ToString() ?? "gone");
        return after is not { State: DocumentState.Ready };
    }

    /// <inheritdoc cref="ReadyAsync"/>
    public async Task<bool> FailedAsync(FailRequest request, CancellationToken cancellationToken)
    {
        var document = request.Document;
        if (request.Withdraw) await WithdrawAsync(document, cancellationToken);
        var (_, after) = await statuses.ChangeAsync(
            document,
            status => (status ?? new DocumentStatus { State = DocumentState.Queued }) switch
            {
                { Signalled: true } signalled => signalled with { State = DocumentState.Queued, Percent = 0, Chunks = 0, Indexed = null, Staged = signalled.Staged && !request.Withdraw },
                var failed => failed with { State = DocumentState.Failed, Chunks = 0, Indexed = null, Error = request.Reason, Force = false, Staged = failed.Staged && !request.Withdraw },
            },
            cancellationToken);
        IngestionLog.Ended(logger, document.Key, after!.State.ToString());
        return after.Signalled;
    }

    /// <inheritdoc cref="ReadyAsync"/>
    public async Task<bool> RemovedAsync(DocumentName document, CancellationToken cancellationToken)
    {
        await WithdrawAsync(document, cancellationToken);
        var (_, after) = await statuses.ChangeAsync(
            document,
            status => status is { Signalled: true } ? status with { State = DocumentState.Queued, Percent = 0, Chunks = 0, Indexed = null, Staged = false } : null,
            cancellationToken);
        IngestionLog.Ended(logger, document.Key, "gone");
        return after is not null;
    }

    private async Task WithdrawAsync(DocumentName document, CancellationToken cancellationToken)
    {
        var (manifest, _) = await manifests.ReadAsync(document, cancellationToken);
        await RetireAsync(manifest, cancellationToken);
        await PublishStep.DropAsync(writer, manifest.All, cancellationToken);
        await blobs.WithdrawTextAsync(document, cancellationToken);
        await manifests.DeleteAsync(document, cancellationToken);
        await pipeline.ClearAsync(document, keep: null, cancellationToken);
    }

    // A document that comes back under another name is not embedded again.
    private async Task RetireAsync(DocumentManifest manifest, CancellationToken cancellationToken)
    {
        if (manifest is not { Index: { } index, Model: { } model }) return;
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var id in manifest.All.Where(item => item.Index == index).Select(item => item.Id)) ids[VectorKey.Of(model, id)] = id;
        foreach (var (shelf, keys) in RetiredVectors.Shelve(model, ids.Keys))
        {
            var vectors = await indexed.FindByIdAsync(index, [.. keys.Select(key => ids[key])], cancellationToken);
            await retired.WriteAsync(shelf, vectors.ToDictionary(item => VectorKey.Of(model, item.Key), item => item.Value, StringComparer.Ordinal), cancellationToken);
        }
    }
}

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
            status => status is null ? null : pass.Settings.IsBuild ? BuildStep.End(status, pass) : status.Signalled || !unchanged
                ? status with { State = DocumentState.Queued, Percent = 0, Indexed = pass.Pass, Held = true, Force = status.Signalled && status.Force, Staged = false }
                : status with { State = DocumentState.Ready, Percent = 100, Indexed = pass.Pass, Held = true, Error = null, Force = false, Staged = false },
            cancellationToken);
        IngestionLog.Ended(logger, pass.Document.Key, after?.State.ToString() ?? "gone");
        return after is not { State: DocumentState.Ready } || after.Signalled;
    }

    /// <summary>Notes that a document could not be brought into the generation that is being built. Nothing is withdrawn: questions are answered from the other one.</summary>
    /// <returns>Whether another pass must follow; null where the failure is of the generation that serves.</returns>
    public async Task<bool?> BuildFailedAsync(FailRequest request, CancellationToken cancellationToken)
    {
        var isBuild = false;
        var (_, after) = await statuses.ChangeAsync(
            request.Document,
            status =>
            {
                // The activity may run twice: what it said the first time is no failure of what serves.
                isBuild = status is { Build: not null } or { BuildError: not null, State: DocumentState.Ready } or { BuildError: not null, Signalled: true };
                return status is { Build: { } build } ? status with { Build = null, Built = build, BuildError = request.Reason } : status;
            },
            cancellationToken);
        if (!isBuild) return null;
        IngestionLog.BuildFailed(logger, request.Document.Key);
        return after?.Signalled == true;
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
                { Signalled: true } signalled => signalled with { State = DocumentState.Queued, Percent = 0, Chunks = 0, Tokens = 0, Indexed = null, Built = null, BuiltTokens = 0, BuildError = null, Held = signalled.Held && !request.Withdraw, Staged = signalled.Staged && !request.Withdraw },
                var failed => failed with { State = DocumentState.Failed, Chunks = 0, Tokens = 0, Indexed = null, Built = null, BuiltTokens = 0, BuildError = null, Held = failed.Held && !request.Withdraw, FailedBy = PassSettings.PipelineVersion, Error = request.Reason, LastError = request.Reason, Attempts = Math.Max(1, failed.Attempts), Force = false, Staged = failed.Staged && !request.Withdraw },
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
            status => status is { Signalled: true } ? status with { State = DocumentState.Queued, Percent = 0, Chunks = 0, Tokens = 0, Indexed = null, Built = null, BuiltTokens = 0, BuildError = null, Held = false, Staged = false } : null,
            cancellationToken);
        IngestionLog.Ended(logger, document.Key, "gone");
        return after is not null;
    }

    private async Task WithdrawAsync(DocumentName document, CancellationToken cancellationToken)
    {
        var all = await manifests.ReadAllAsync(document, cancellationToken);
        foreach (var (_, manifest) in all)
        {
            await RetireAsync(manifest, cancellationToken);
            await PublishStep.DropAsync(writer, manifest.All, cancellationToken);
        }

        await blobs.WithdrawTextAsync(document, cancellationToken);
        foreach (var (generation, _) in all) await manifests.DeleteAsync(document, generation, cancellationToken);
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

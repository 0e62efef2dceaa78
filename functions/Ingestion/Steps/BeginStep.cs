using Microsoft.Extensions.Options;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Filters;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>
/// Decides what a pass has to do, by what the blob store says now and not by what an event said. A small document it brings in at once: thousands of
/// them come together, and each activity costs more than such a document's content.
/// </summary>
public sealed class BeginStep(
    StatusStore statuses, DocumentBlobs blobs, CollectionStore collections, AccessResolver access, PipelineStore pipeline, IGateway gateway, WholeDocumentStep whole,
    IOptions<IngestionOptions> options)
{
    public async Task<PassStart> RunAsync(DocumentName document, CancellationToken cancellationToken)
    {
        // The signal is taken down before the blob is looked at: an event that comes in between raises it again. A document at rest stays there until there is
        // something to say: a host that dies can leave an activity to be run once more when its orchestration has ended, and nobody would take it out of the queue.
        var (_, taken) = await statuses.ChangeAsync(
            document, status => (status ?? new DocumentStatus { State = DocumentState.Queued }) with { Signalled = false }, cancellationToken);
        var force = taken!.Force;

        if (await blobs.OpenAsync(document, options.Value.WholeDocumentBytes, cancellationToken) is not { } head) return new PassStart(PassKind.Remove);
        var (pass, reason) = await PlanAsync(document, head, force, cancellationToken);
        var isWhole = pass is not null && head.Content is not null;
        if (isWhole && taken is { Indexed: null, Staged: false })
        {
            // What the index holds of it nobody relies on: how far it has come is said when it is there.
            var beginning = new PassBeginning(taken.UpdatedAt, status => Begin(status, pass, head, force, isStaged: false));
            if (await whole.RunAsync(pass!, head, indexed: null, beginning, cancellationToken) is { } early) return early;
        }

        var (_, begun) = await statuses.ChangeAsync(document, status => Begin(status, pass, head, force, isStaged: !isWhole), cancellationToken);
        if (reason is not null) return new PassStart(PassKind.Reject, Reason: reason);
        if (begun is null || (begun.Signalled && begun.State == DocumentState.Queued)) return new PassStart(PassKind.Again);
        if (begun.State == DocumentState.Ready) return new PassStart(PassKind.Nothing);
        if (isWhole && !taken.Staged && taken.Indexed is not null
            && await whole.RunAsync(pass!, head, taken.Indexed, beginning: null, cancellationToken) is { } end) return end;

        // A document whose text turned out to be large, or that an earlier pass left in pieces.
        if (!begun.Staged) await statuses.ChangeAsync(document, status => status is null ? null : status with { Staged = true }, cancellationToken);
        await pipeline.ClearAsync(document, pass!.Pass, cancellationToken);
        return new PassStart(PassKind.Ingest, pass);
    }

    private async Task<(PassRef? Pass, string? Reason)> PlanAsync(DocumentName document, DocumentHead head, bool force, CancellationToken cancellationToken)
    {
        var (etag, size) = (head.ETag.ToString(), head.Size);
        if (DocumentName.WhyNotCollection(document.Collection) is { } wrongName) return (null, $"The collection cannot be used: {wrongName}.");
        if (size > options.Value.MaxDocumentBytes) return (null, $"The file has {size} bytes; {options.Value.MaxDocumentBytes} are permitted.");
        if (await collections.FindEffectiveAsync(document.Collection, cancellationToken) is not { } collection)
        {
            return (null,
                $"Collection '{document.Collection}' has no embeddings route: an operator must PUT /collections/{document.Collection} "
                + $"with embeddings_route, or set {IngestionOptions.Section}:{nameof(IngestionOptions.DefaultEmbeddingsRoute)}.");
        }

        var (permitted, whyNot) = await access.ResolveAsync(document, head.Metadata, collection.Groups, cancellationToken);
        if (permitted is null) return (null, whyNot);
        var (model, unusable) = await ModelAsync(collection.EmbeddingsRoute, cancellationToken);
        if (model is null) return (null, unusable);
        var tokens = collection.ChunkTokens ?? options.Value.ChunkTokens;
        var settings = new PassSettings(
            collection.EmbeddingsRoute, tokens, Math.Min(collection.ChunkOverlap ?? options.Value.ChunkOverlap, tokens / 2), permitted.Groups,
            collection.ChunkStrategy ?? ChunkStrategy.Sentences, permitted.Users, model, DocumentMetadata.Of(head.Metadata));
        return (new PassRef(document, settings.PassOf(etag), etag, force, settings), null);
    }

    private async Task<(string? Model, string? Reason)> ModelAsync(string route, CancellationToken cancellationToken)
    {
        try
        {
            return (await gateway.EmbeddingIdentityAsync(route, cancellationToken), null);
        }
        catch (GatewayException refused) when (refused.Status is < 500 and not 408 and not 429)
        {
            return (null, refused.Message);
        }
    }

    private static DocumentStatus? Begin(DocumentStatus? status, PassRef? pass, DocumentHead head, bool force, bool isStaged)
    {
        if (status is null) return null;
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

        return status with { State = DocumentState.Extracting, Percent = 1, Error = null, Pass = pass.Pass, Indexed = null, Staged = status.Staged || isStaged };
    }
}

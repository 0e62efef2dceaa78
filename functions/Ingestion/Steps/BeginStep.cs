using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Decides what a pass has to do, by what the blob store says now and not by what an event said.</summary>
public sealed class BeginStep(
    StatusStore statuses, DocumentBlobs blobs, CollectionStore collections, AccessResolver access, PipelineStore pipeline, IOptions<IngestionOptions> options)
{
    public async Task<PassStart> RunAsync(DocumentName document, CancellationToken cancellationToken)
    {
        // The signal is taken down before the blob is looked at: an event that comes in between raises it again.
        var (_, taken) = await statuses.ChangeAsync(
            document,
            status => (status ?? new DocumentStatus { State = DocumentState.Queued }) with
            {
                Signalled = false,
                State = status is null || status.IsTerminal ? DocumentState.Queued : status.State,
            },
            cancellationToken);
        var force = taken!.Force;

        if (await blobs.FindAsync(document, cancellationToken) is not { } blob) return new PassStart(PassKind.Remove);
        var etag = blob.ETag.ToString();
        var (pass, reason) = await PlanAsync(document, blob, force, cancellationToken);

        var (_, begun) = await statuses.ChangeAsync(document, status => Begin(status, pass, etag, blob.ContentLength, force), cancellationToken);
        if (reason is not null) return new PassStart(PassKind.Reject, Reason: reason);
        if (begun is null || (begun.Signalled && begun.State == DocumentState.Queued)) return new PassStart(PassKind.Again);
        if (begun.State == DocumentState.Ready) return new PassStart(PassKind.Nothing);
        await pipeline.ClearAsync(document, pass!.Pass, cancellationToken);
        return new PassStart(PassKind.Ingest, pass);
    }

    private async Task<(PassRef? Pass, string? Reason)> PlanAsync(DocumentName document, BlobProperties blob, bool force, CancellationToken cancellationToken)
    {
        var (etag, size) = (blob.ETag.ToString(), blob.ContentLength);
        if (DocumentName.WhyNotCollection(document.Collection) is { } wrongName) return (null, $"The collection cannot be used: {wrongName}.");
        if (size > options.Value.MaxDocumentBytes) return (null, $"The file has {size} bytes; {options.Value.MaxDocumentBytes} are permitted.");
        if (await collections.FindEffectiveAsync(document.Collection, cancellationToken) is not { } collection)
        {
            return (null,
                $"Collection '{document.Collection}' has no embeddings route: an operator must PUT /collections/{document.Collection} "
                + $"with embeddings_route, or set {IngestionOptions.Section}:{nameof(IngestionOptions.DefaultEmbeddingsRoute)}.");
        }

        var (permitted, whyNot) = await access.ResolveAsync(document, blob.Metadata, collection.Groups, cancellationToken);
        if (permitted is null) return (null, whyNot);
        var tokens = collection.ChunkTokens ?? options.Value.ChunkTokens;
        var settings = new PassSettings(
            collection.EmbeddingsRoute, tokens, Math.Min(collection.ChunkOverlap ?? options.Value.ChunkOverlap, tokens / 2), permitted.Groups,
            collection.ChunkStrategy ?? ChunkStrategy.Sentences, permitted.Users);
        return (new PassRef(document, settings.PassOf(etag), etag, force, settings), null);
    }

    private static DocumentStatus? Begin(DocumentStatus? status, PassRef? pass, string etag, long size, bool force)
    {
        if (status is null) return null;
        status = status with { SourceETag = etag, Size = size };
        // The reason is written when the chunks that are there have gone.
        if (pass is null) return status with { Access = null };
        status = status with { Access = new DocumentAccess(pass.Settings.Groups, pass.Settings.Users ?? []) };
        if (status.Indexed == pass.Pass && !force && !status.Force)
        {
            return status.Signalled
                ? status with { State = DocumentState.Queued }
                : status with { State = DocumentState.Ready, Percent = 100, Error = null, Pass = pass.Pass };
        }

        return status with { State = DocumentState.Extracting, Percent = 1, Error = null, Pass = pass.Pass, Indexed = null };
    }
}

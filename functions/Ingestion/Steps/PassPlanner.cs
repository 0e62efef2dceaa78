using Microsoft.Extensions.Options;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Batches;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Filters;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Names the passes that would bring a document in, by its blob, its access and its collection's generations.</summary>
public sealed class PassPlanner(CollectionStore collections, AccessResolver access, GenerationPlanner generations, IOptions<IngestionOptions> options)
{
    /// <param name="turn">Whose reading of the collection's settings is new enough for what the pass answers; null: none.</param>
    /// <returns>No plan where it cannot be ingested, and why.</returns>
    public async Task<(PassPlan? Plan, string? Reason)> PlanAsync(DocumentName document, DocumentHead head, bool force, BatchTurn? turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(head);
        var (etag, size) = (head.ETag.ToString(), head.Size);
        if (DocumentName.WhyNotCollection(document.Collection) is { } wrongName) return (null, $"The collection cannot be used: {wrongName}.");
        if (size > options.Value.MaxDocumentBytes) return (null, $"The file has {size} bytes; {options.Value.MaxDocumentBytes} are permitted.");
        if (await (turn?.SettingsAsync(document.Collection, cancellationToken) ?? collections.FindEffectiveAsync(document.Collection, cancellationToken)) is not { } collection)
        {
            return (null,
                $"Collection '{document.Collection}' has no embeddings route: an operator must PUT /collections/{document.Collection} "
                + $"with embeddings_route, or set {IngestionOptions.Section}:{nameof(IngestionOptions.DefaultEmbeddingsRoute)}.");
        }

        var (permitted, whyNot) = await access.ResolveAsync(document, head.Metadata, collection.Groups, cancellationToken);
        if (permitted is null) return (null, whyNot);
        try
        {
            var state = await generations.CurrentAsync(document.Collection, collection, cancellationToken);
            var serving = await PassAsync(state.Serving, isBuild: false, known: null);
            // A collection that is only cut anew has many a chunk's vector in the generation that serves.
            var building = state.Building is { } next ? await PassAsync(next, isBuild: true, next.Model == state.Serving.Model ? state.Serving.Index : null) : null;
            return (new PassPlan(serving, building, state), null);
        }
        catch (GatewayException refused) when (refused.Status is < 500 and not 408 and not 429)
        {
            return (null, refused.Message);
        }

        async Task<PassRef> PassAsync(Generation generation, bool isBuild, string? known)
        {
            var settings = generation.SettingsOf(permitted, await generations.RouteOfAsync(generation, cancellationToken), isBuild, known, DocumentMetadata.Of(head.Metadata));
            return new PassRef(document, settings.PassOf(etag), etag, force && !isBuild, settings);
        }
    }
}

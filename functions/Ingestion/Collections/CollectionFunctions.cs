using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.Notices;
using Serverless.Functions.Ingestion.Reconcile;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Ingestion.Collections;

/// <summary>Collections over HTTP. Reading is for those whose groups may; configuring is for operators.</summary>
public sealed class CollectionFunctions(CollectionStore collections, ReconcileStore reconciles, GenerationStore generations, BuildCensus builds, WebhookSettings webhooks, DocumentEventQueue queue, IOptions<IngestionOptions> options)
{
    private const int MaxGroups = 64;
    private const int MaxGroupLength = 128;

    [Function("CollectionList")]
    public async Task<IActionResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections")] HttpRequest request, CancellationToken cancellationToken)
    {
        var caller = request.Caller();
        var views = new List<CollectionView>();
        foreach (var name in (await collections.ListAsync(cancellationToken)).Where(caller.MayRead))
        {
            CollectionView view;
            try
            {
                view = await ViewAsync(name, cancellationToken);
            }
            catch (GatewayException damaged) when (DamagedState.Is(damaged))
            {
                // Who may read it is not known; the others are listed all the same.
                if (caller.IsOperator || caller.IsReader) views.Add(new CollectionView(name, null, [], null, null, Configured: true, Damaged: CollectionStore.BlobOf(name)));
                continue;
            }

            if (view is { EmbeddingsRoute: null } || CollectionStore.MayRead(new CollectionSettings { EmbeddingsRoute = view.EmbeddingsRoute, Groups = view.Groups }, caller)) views.Add(view with { Owner = null, Webhook = null });
        }

        return new JsonAnswer(new CollectionList(views));
    }

    [Function("CollectionGet")]
    public async Task<IActionResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}")] HttpRequest request, CancellationToken cancellationToken)
    {
        var name = request.Placeholder("collection");
        await collections.RequireReadableAsync(name, request.Caller(), cancellationToken);
        var view = await WithGenerationAsync(await ViewAsync(name, cancellationToken), cancellationToken);
        var caller = request.Caller();
        if (!caller.IsOperator && !caller.IsReader && view.Owner != caller.ClientId) return new JsonAnswer(view with { Owner = null, Webhook = null, Generation = null, Damaged = null });
        if (caller.IsReader && !caller.IsOperator) view = view with { Webhook = null };
        return new JsonAnswer(view with { Reconcile = await reconciles.FindAsync(name, cancellationToken) });
    }

    /// <summary>Creates or replaces the settings, and has every document brought up to date with them.</summary>
    [Function("CollectionPut")]
    public async Task<IActionResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "collections/{collection}")] HttpRequest request, CancellationToken cancellationToken)
    {
        request.Operator();
        var name = RequireName(request.Placeholder("collection"));
        var fields = new JsonFields(await RequestBody.ReadObjectAsync(request, cancellationToken));
        var block = fields.Object("webhook");
        var settings = Read(fields);
        // What was damaged is made again by this very request.
        var (before, wasDamaged) = await collections.FindReplacedAsync(name, cancellationToken);
        var (webhook, secret) = await webhooks.ReadAsync(block, name, before?.Webhook, cancellationToken);
        await collections.SaveAsync(name, settings with { Owner = before?.Owner, Webhook = webhook }, cancellationToken);
        await queue.SendAsync(new DocumentEvent(DocumentEventKind.Collection, new DocumentName(name, string.Empty)), cancellationToken);
        var view = await ViewAsync(name, cancellationToken);
        if (secret is not null) view = view with { Webhook = view.Webhook! with { Secret = secret.Reveal() } };
        return new JsonAnswer(view, before is null && !wasDamaged ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    internal static string RequireName(string collection) => DocumentName.WhyNotCollection(collection) is { } reason
        ? throw GatewayException.Invalid("collection", $"'collection': {reason}.")
        : collection;

    private CollectionSettings Read(JsonFields fields)
    {
        var settings = new CollectionSettings
        {
            EmbeddingsRoute = RouteName.Parse(fields.RequiredString("embeddings_route", 80), "embeddings_route").ToString(),
            Groups = fields.Strings("groups", MaxGroups, MaxGroupLength) ?? [],
            ChunkTokens = Optional(fields.Integer("chunk_tokens", 16, 2048, -1)),
            ChunkOverlap = Optional(fields.Integer("chunk_overlap", 0, 1024, -1)),
            ChunkStrategy = Strategy(fields.OptionalString("chunk_strategy", 40)),
        };
        fields.RejectUnknown();
        if (settings.Groups.Any(group => group.Any(char.IsControl))) throw GatewayException.Invalid("groups", "'groups': a group's name must not hold control characters.");
        var most = (settings.ChunkTokens ?? options.Value.ChunkTokens) / 2;
        if (settings.ChunkOverlap > most) throw GatewayException.Invalid("chunk_overlap", $"'chunk_overlap' must be at most half of 'chunk_tokens': {most}.");
        return settings;
    }

    private static ChunkStrategy? Strategy(string? name) => name switch
    {
        null => null,
        "sentences" => ChunkStrategy.Sentences,
        "paragraphs" => ChunkStrategy.Paragraphs,
        "fixed" => ChunkStrategy.Fixed,
        _ => throw GatewayException.Invalid("chunk_strategy", "'chunk_strategy' must be sentences, paragraphs or fixed."),
    };

    private static int? Optional(int value) => value < 0 ? null : value;

    private async Task<CollectionView> WithGenerationAsync(CollectionView view, CancellationToken cancellationToken)
    {
        try
        {
            if (await generations.ReadAsync(view.Collection, cancellationToken) is not { } state) return view;
            var tally = state.Building is { } building ? (await builds.TallyAsync(view.Collection, building, most: 0, cancellationToken)).Tally : null;
            return view with { Generation = GenerationView.Of(state, tally) };
        }
        catch (GatewayException damaged) when (DamagedState.Is(damaged))
        {
            return view with { Damaged = GenerationStore.BlobOf(view.Collection) };
        }
    }

    private async Task<CollectionView> ViewAsync(string name, CancellationToken cancellationToken)
    {
        var configured = await collections.FindConfiguredAsync(name, cancellationToken);
        var effective = configured ?? await collections.FindEffectiveAsync(name, cancellationToken);
        return new CollectionView(name, effective?.EmbeddingsRoute, effective?.Groups ?? [], effective?.ChunkTokens, effective?.ChunkOverlap, configured is not null, effective?.ChunkStrategy, effective?.Owner,
            Webhook: effective?.Webhook is { } webhook ? new WebhookView(webhook.Url.AbsoluteUri) : null);
    }
}

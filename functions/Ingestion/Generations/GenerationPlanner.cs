using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>Says from which generation a collection is answered and into which its documents go, and notices when its settings or the model behind its route ask for another one.</summary>
/// <param name="gateway">Deferred, because the gateway in turn asks for answers from collections.</param>
public sealed class GenerationPlanner(Lazy<IGateway> gateway, GenerationStore generations, DocumentEventQueue queue, IOptions<IngestionOptions> options, TimeProvider time)
{
    private const int MaxAsked = 10_000;
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, TimeSpan> _asked = new(StringComparer.Ordinal);

    /// <summary>How the collection is to be indexed.</summary>
    /// <exception cref="GatewayException">Its route is unknown or of another type.</exception>
    public async Task<GenerationPlan> PlanAsync(CollectionSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var pinned = await gateway.Value.PinEmbeddingsAsync(settings.EmbeddingsRoute, cancellationToken);
        var model = await gateway.Value.EmbeddingIdentityAsync(pinned, cancellationToken);
        var tokens = settings.ChunkTokens ?? options.Value.ChunkTokens;
        return new GenerationPlan(
            settings.EmbeddingsRoute, pinned, model, tokens, Math.Min(settings.ChunkOverlap ?? options.Value.ChunkOverlap, tokens / 2), settings.ChunkStrategy ?? ChunkStrategy.Sentences);
    }

    /// <summary>The collection's generations as its documents go by them; the first one is begun here. Where another one is called for, its review is asked for.</summary>
    /// <exception cref="GatewayException">There is none, and the route is unknown or of another type.</exception>
    public async Task<GenerationState> CurrentAsync(string collection, CollectionSettings settings, CancellationToken cancellationToken)
    {
        var state = await generations.FindAsync(collection, cancellationToken);
        GenerationPlan plan;
        try
        {
            plan = await PlanAsync(settings, cancellationToken);
        }
        catch (GatewayException refused) when (state is not null && refused.Status is < 500 and not 408 and not 429)
        {
            // What is there stays as it is until there is something to replace it with.
            return state;
        }

        if (state is null) return await FirstAsync(collection, plan, cancellationToken);
        if (!(state.Building ?? state.Serving).Fulfils(plan)) await AskAsync(collection, cancellationToken);
        return state;
    }

    /// <summary>Has the collection's generations go by its settings as they are now.</summary>
    /// <returns>Null where the collection has no settings that apply.</returns>
    /// <exception cref="GatewayException">The route is unknown or of another type.</exception>
    public async Task<GenerationState?> ReviewAsync(string collection, CollectionSettings? settings, CancellationToken cancellationToken)
    {
        if (settings is null) return null;
        var plan = await PlanAsync(settings, cancellationToken);
        var state = await generations.ReadAsync(collection, cancellationToken) ?? await FirstAsync(collection, plan, cancellationToken);
        return state.Toward(plan, time.GetUtcNow()) == state
            ? state
            : await generations.ChangeAsync(collection, current => current!.Toward(plan, time.GetUtcNow()), cancellationToken);
    }

    /// <summary>Asks for a review where one is called for: another model or strategy, or a change that nobody goes on with.</summary>
    public async Task NudgeAsync(string collection, CollectionSettings? settings, CancellationToken cancellationToken)
    {
        if (settings is null || await generations.ReadAsync(collection, cancellationToken) is not { } state) return;
        await CurrentAsync(collection, settings, cancellationToken);
        if (!state.IsSettled) await AskAsync(collection, cancellationToken);
    }

    /// <summary>What embeds a question and where it is asked; both of one generation.</summary>
    public async Task<(string Route, string Index)> ServingAsync(string collection, CollectionSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (await generations.FindAsync(collection, cancellationToken) is not { } state) return (settings.EmbeddingsRoute, IndexName.For(settings.EmbeddingsRoute));
        return (await RouteOfAsync(state.Serving, cancellationToken), state.Serving.Index);
    }

    /// <summary>The route at the version that gives a generation's vectors: its newest one, whose credentials work, where that has the same model.</summary>
    public async Task<string> RouteOfAsync(Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        try
        {
            var newest = await gateway.Value.PinEmbeddingsAsync(generation.EmbeddingsRoute, cancellationToken);
            if (newest == generation.PinnedRoute || await gateway.Value.EmbeddingIdentityAsync(newest, cancellationToken) == generation.Model) return newest;
        }
        catch (GatewayException refused) when (refused.Status is < 500 and not 408 and not 429)
        {
            // The route has gone, or has become one of another type: its versions of old may still be there.
        }

        return generation.PinnedRoute;
    }

    private async Task<GenerationState> FirstAsync(string collection, GenerationPlan plan, CancellationToken cancellationToken)
    {
        var index = await generations.FirstIndexAsync(plan, cancellationToken);
        return await generations.ChangeAsync(collection, state => state ?? GenerationState.First(plan, index, time.GetUtcNow()), cancellationToken);
    }

    // Every document of a collection notices the same; one message is enough, and the next tells it again where that one was lost.
    private async Task AskAsync(string collection, CancellationToken cancellationToken)
    {
        var now = time.GetSteadyNow();
        if (_asked.TryGetValue(collection, out var asked) && now - asked < AskEvery) return;
        if (_asked.Count >= MaxAsked) _asked.Clear();
        _asked[collection] = now;
        await queue.SendAsync(new DocumentEvent(DocumentEventKind.Collection, new DocumentName(collection, string.Empty)), cancellationToken);
    }
}

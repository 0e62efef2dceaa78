using System.Collections.Concurrent;
using Azure;
using Serverless.Contracts;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>Keeps collections' generations.</summary>
public sealed class GenerationStore(IngestionContainers containers, TimeProvider time)
{
    private const int MaxAttempts = 20;
    private const int MaxSeen = 10_000;
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (TimeSpan Until, GenerationState? State)> _seen = new(StringComparer.Ordinal);

    /// <summary>As it was at most five seconds ago; null where no document of the collection was ever taken up.</summary>
    public async Task<GenerationState?> FindAsync(string collection, CancellationToken cancellationToken)
    {
        if (_seen.TryGetValue(collection, out var seen) && seen.Until > time.GetSteadyNow()) return seen.State;
        return await ReadAsync(collection, cancellationToken);
    }

    /// <summary>As it is.</summary>
    public async Task<GenerationState?> ReadAsync(string collection, CancellationToken cancellationToken) =>
        See(collection, (await containers.Config.ReadTaggedJsonAsync<GenerationState>(Name(collection), cancellationToken, IsWhole)).Value);

    /// <summary>Changes the state by compare-and-swap; <paramref name="change"/> may run several times and returns its argument to leave things as they are.</summary>
    public async Task<GenerationState> ChangeAsync(string collection, Func<GenerationState?, GenerationState> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        for (var attempt = 1; ; attempt++)
        {
            var (before, etag) = await containers.Config.ReadTaggedJsonAsync<GenerationState>(Name(collection), cancellationToken, IsWhole);
            var after = change(before);
            if (Equals(before, after)) return See(collection, after)!;
            try
            {
                await containers.EnsureCreatedAsync(cancellationToken);
                await containers.Config.WriteJsonIfAsync(Name(collection), after, etag, cancellationToken);
                return See(collection, after)!;
            }
            catch (RequestFailedException failure) when (failure.Status is 409 or 412 && attempt < MaxAttempts)
            {
                // Somebody else changed it; look again.
            }
        }
    }

    /// <summary>
    /// The index of a first generation: the route's own, unless the model behind the route was another one when that was first written to, whose vectors may be of another length.
    /// </summary>
    public async Task<string> FirstIndexAsync(GenerationPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        await containers.EnsureCreatedAsync(cancellationToken);
        var index = IndexName.For(plan.EmbeddingsRoute);
        try
        {
            await containers.Config.WriteJsonIfAsync(ModelName(index), new IndexModel(plan.Model), read: null, cancellationToken);
            return index;
        }
        catch (RequestFailedException failure) when (failure.Status is 409 or 412)
        {
            // One that is damaged says nothing of the model, as one that is gone.
            var first = (await containers.Config.ReadStateAsync<IndexModel>(ModelName(index), cancellationToken)).Value;
            return first is null || first.Model == plan.Model ? index : IndexName.For(plan.EmbeddingsRoute, plan.Model, 0);
        }
    }

    private static bool IsWhole(GenerationState state) => state is { Serving: { Model: not null, Index: not null }, Retired: not null };

    private GenerationState? See(string collection, GenerationState? state)
    {
        if (_seen.Count >= MaxSeen) _seen.Clear();
        // What is not there yet may be there at once.
        if (state is not null) _seen[collection] = (time.GetSteadyNow() + CacheTime, state);
        return state;
    }

    /// <summary>Container and name of the blob that holds a collection's generations.</summary>
    internal static string BlobOf(string collection) => $"config/{Name(collection)}";

    private static string Name(string collection) => $"generations/{collection}.json";

    private static string ModelName(string index) => $"index-models/{index}.json";

    private sealed record IndexModel(string Model);
}

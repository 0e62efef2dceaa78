using System.Collections.Concurrent;
using Serverless.Functions.Ingestion.Collections;

namespace Serverless.Functions.Ingestion.Batches;

/// <summary>One run over a batch's documents, and the settings of their collections, read once: at the earliest when it began, which is after the events that it answers.</summary>
public sealed class BatchTurn(string id, CollectionStore collections)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<CollectionSettings?>>> _settings = new(StringComparer.Ordinal);

    /// <summary>The batch's.</summary>
    public string Id { get; } = id;

    /// <summary>What applies to a collection (<see cref="CollectionStore.FindEffectiveAsync"/>).</summary>
    public Task<CollectionSettings?> SettingsAsync(string collection, CancellationToken cancellationToken) =>
        _settings.GetOrAdd(collection, name => new Lazy<Task<CollectionSettings?>>(() => collections.FindEffectiveAsync(name, cancellationToken))).Value;
}

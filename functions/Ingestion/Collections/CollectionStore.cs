using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Collections;

/// <summary>Collections: their settings, and which there are.</summary>
public sealed class CollectionStore(IngestionContainers containers, IOptions<IngestionOptions> options, TimeProvider time)
{
    private const string Prefix = "collections/";
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, CollectionSettings? Settings, bool Exists)> _cache = new(StringComparer.Ordinal);

    /// <summary>What an operator configured; null when nothing. Not cached.</summary>
    public Task<CollectionSettings?> FindConfiguredAsync(string collection, CancellationToken cancellationToken) =>
        DocumentName.WhyNotCollection(collection) is null
            ? containers.Config.ReadJsonAsync<CollectionSettings>(BlobName(collection), cancellationToken)
            : Task.FromResult<CollectionSettings?>(null);

    /// <summary>What applies: the configuration, else the default route; null when there is neither. Not cached.</summary>
    public async Task<CollectionSettings?> FindEffectiveAsync(string collection, CancellationToken cancellationToken) =>
        await FindConfiguredAsync(collection, cancellationToken) ?? Default;

    public async Task SaveAsync(string collection, CollectionSettings settings, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        await containers.Config.WriteJsonAsync(BlobName(collection), settings, cancellationToken);
        _cache.TryRemove(collection, out _);
    }

    /// <summary>Settings of a collection that the caller may read, seen for a few seconds; null when it has documents but no settings apply.</summary>
    /// <exception cref="GatewayException">It does not exist, or the caller may not know that it does.</exception>
    public async Task<CollectionSettings?> RequireReadableAsync(string collection, Caller caller, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!_cache.TryGetValue(collection, out var seen) || seen.Until <= now)
        {
            var configured = await FindConfiguredAsync(collection, cancellationToken);
            seen = (now + CacheTime, configured ?? Default, configured is not null || await HasDocumentsAsync(collection, cancellationToken));
            if (seen.Exists) _cache[collection] = seen;
        }

        if (!seen.Exists || !caller.MayRead(collection) || !MayRead(seen.Settings, caller))
            throw GatewayException.NotFound("collection_not_found", $"There is no collection '{Shown(collection)}'.", "collection");
        return seen.Settings;
    }

    /// <summary>Names of all collections, configured or dropped, in order.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            await foreach (var blob in containers.Config.GetBlobsAsync(new GetBlobsOptions { Prefix = Prefix }, cancellationToken))
            {
                if (blob.Name.EndsWith(".json", StringComparison.Ordinal)) names.Add(blob.Name[Prefix.Length..^".json".Length]);
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
        }

        foreach (var container in new[] { containers.Documents, containers.Status }) await AddPrefixesAsync(container, names, cancellationToken);
        return [.. names];
    }

    public static bool MayRead(CollectionSettings? settings, Caller caller) =>
        settings is null || settings.Groups.Count == 0 || caller.IsOperator || caller.Groups.Contains("*") || settings.Groups.Intersect(caller.Groups, StringComparer.Ordinal).Any();

    private CollectionSettings? Default => string.IsNullOrWhiteSpace(options.Value.DefaultEmbeddingsRoute)
        ? null
        : new CollectionSettings { EmbeddingsRoute = options.Value.DefaultEmbeddingsRoute };

    private static string BlobName(string collection) => $"{Prefix}{collection}.json";

    // Names come from URLs: only plain ones are repeated.
    private static string Shown(string collection) => DocumentName.WhyNotCollection(collection) is null ? collection : "[" + collection.Length + " chars]";

    private static async Task AddPrefixesAsync(BlobContainerClient container, SortedSet<string> names, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in container.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Delimiter = "/" }, cancellationToken))
            {
                if (item.IsPrefix && item.Prefix.Length > 1) names.Add(item.Prefix[..^1]);
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
        }
    }

    private async Task<bool> HasDocumentsAsync(string collection, CancellationToken cancellationToken) =>
        DocumentName.WhyNotSegment(collection) is null && (await AnyAsync(containers.Documents, collection, cancellationToken) || await AnyAsync(containers.Status, collection, cancellationToken));

    private static async Task<bool> AnyAsync(BlobContainerClient container, string collection, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var page in container.GetBlobsAsync(new GetBlobsOptions { Prefix = collection + "/" }, cancellationToken).AsPages(pageSizeHint: 1))
            {
                if (page.Values.Count > 0) return true;
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
        }

        return false;
    }
}

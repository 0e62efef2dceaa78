using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Notices;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Collections;

/// <summary>Collections: their settings, and which there are.</summary>
public sealed class CollectionStore(IngestionContainers containers, IOptions<IngestionOptions> options, TimeProvider time)
{
    private const string Prefix = "collections/";
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(5);

    private const int MaxWebhooks = 10_000;

    private readonly ConcurrentDictionary<string, (TimeSpan Until, CollectionWebhook? Webhook)> _webhooks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (TimeSpan Until, CollectionSettings? Settings, bool Exists)> _cache = new(StringComparer.Ordinal);

    /// <summary>What an operator configured; null when nothing. Not cached.</summary>
    public async Task<CollectionSettings?> FindConfiguredAsync(string collection, CancellationToken cancellationToken)
    {
        if (DocumentName.WhyNotCollection(collection) is not null) return null;
        var settings = await containers.Config.ReadJsonAsync<CollectionSettings>(BlobName(collection), cancellationToken);
        // A pass that has just read them need not be followed by a look for its webhook.
        if (_webhooks.Count >= MaxWebhooks) _webhooks.Clear();
        _webhooks[collection] = (time.GetSteadyNow() + CacheTime, settings?.Webhook);
        return settings;
    }

    /// <summary>What an operator configured, for who replaces it: null where there is nothing or what was there is damaged.</summary>
    public async Task<(CollectionSettings? Settings, bool IsDamaged)> FindReplacedAsync(string collection, CancellationToken cancellationToken)
    {
        var blob = DocumentName.WhyNotCollection(collection) is null ? await containers.Config.ReadStateAsync<CollectionSettings>(BlobName(collection), cancellationToken) : default;
        return (blob.Value, blob.IsDamaged);
    }

    /// <summary>What applies: the configuration, else the default route; null when there is neither. Not cached.</summary>
    public async Task<CollectionSettings?> FindEffectiveAsync(string collection, CancellationToken cancellationToken) =>
        await FindConfiguredAsync(collection, cancellationToken) ?? Default;

    public async Task SaveAsync(string collection, CollectionSettings settings, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        await containers.Config.WriteJsonAsync(BlobName(collection), settings, cancellationToken);
        _cache.TryRemove(collection, out _);
        _webhooks.TryRemove(collection, out _);
    }

    /// <summary>Settings of a collection that the caller may read, seen for a few seconds; null when it has documents but no settings apply.</summary>
    /// <exception cref="GatewayException">It does not exist, or the caller may not know that it does.</exception>
    public async Task<CollectionSettings?> RequireReadableAsync(string collection, Caller caller, CancellationToken cancellationToken)
    {
        var now = time.GetSteadyNow();
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

    /// <summary>Where a collection's notices go, seen for a few seconds; null: nowhere.</summary>
    public async Task<CollectionWebhook?> FindWebhookAsync(string collection, CancellationToken cancellationToken)
    {
        var now = time.GetSteadyNow();
        if (_webhooks.TryGetValue(collection, out var seen) && seen.Until > now) return seen.Webhook;
        return (await FindConfiguredAsync(collection, cancellationToken))?.Webhook;
    }

    /// <summary>Lets operators pass, and the owner of the collection.</summary>
    /// <exception cref="GatewayException">403, whether or not there is such a collection.</exception>
    public async Task RequireWriterAsync(string collection, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.IsOperator) return;
        if (await FindConfiguredAsync(collection, cancellationToken) is { Owner: { } owner } && owner == caller.ClientId && caller.MayRead(collection)) return;
        throw new GatewayException(StatusCodes.Status403Forbidden, new ErrorDetail("operator_required", "Only an operator or the collection's owner may do this.", "permission_error"));
    }

    /// <summary>Lets writers pass, and readers of everything.</summary>
    /// <exception cref="GatewayException">403.</exception>
    public Task RequireOverseerAsync(string collection, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return caller.IsReader ? Task.CompletedTask : RequireWriterAsync(collection, caller, cancellationToken);
    }

    /// <summary>
    /// Lets writers pass and, where there is no such collection, whoever may make one by a first document: it is then the caller's, with the default embeddings route, and
    /// the caller's groups may read it.
    /// </summary>
    /// <exception cref="GatewayException">403; 400 where no embeddings route applies.</exception>
    public async Task RequireWriterOrCreateAsync(string collection, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.IsOperator) return;
        if (MayCreate(caller) && caller.MayRead(collection) && await FindConfiguredAsync(collection, cancellationToken) is null && !await HasDocumentsAsync(collection, cancellationToken))
        {
            var settings = Default ?? throw GatewayException.Invalid("collection", "There is no such collection, and setting 'Ingestion:DefaultEmbeddingsRoute' names no route to make it with.");
            await containers.EnsureCreatedAsync(cancellationToken);
            await TryCreateAsync(collection, settings with { Owner = caller.ClientId, Groups = caller.Groups }, cancellationToken);
        }

        await RequireWriterAsync(collection, caller, cancellationToken);
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

    // A collection of no group would be everyone's to read, so who is in none makes none.
    private bool MayCreate(Caller caller) =>
        !caller.IsReader && caller.Groups.Count > 0
        && (options.Value.CollectionCreators ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Any(group => group == "*" || caller.Groups.Contains(group, StringComparer.Ordinal));

    private async Task TryCreateAsync(string collection, CollectionSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await containers.Config.WriteJsonIfAsync(BlobName(collection), settings, read: null, cancellationToken);
            _cache.TryRemove(collection, out _);
        }
        catch (RequestFailedException failure) when (failure.Status is 409 or 412)
        {
            // Somebody else was faster, and is its owner.
        }
    }

    private CollectionSettings? Default => string.IsNullOrWhiteSpace(options.Value.DefaultEmbeddingsRoute)
        ? null
        : new CollectionSettings { EmbeddingsRoute = options.Value.DefaultEmbeddingsRoute };

    /// <summary>Container and name of the blob that holds a collection's settings.</summary>
    internal static string BlobOf(string collection) => $"config/{BlobName(collection)}";

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

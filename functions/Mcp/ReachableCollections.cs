using System.Runtime.CompilerServices;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp;

/// <summary>
/// The collections that a caller may read, and search: as at the other endpoints, who searches uses the route that embeds the question. Which there are is looked at once for all callers and kept as long as routes are
/// (<c>Gateway:RouteCacheSeconds</c>); what a caller may is asked each time.
/// </summary>
public sealed class ReachableCollections(CollectionStore collections, GatewayOptions options, TimeProvider time)
{
    /// <summary>Collections of a caller that are found; who has more names the one that is meant.</summary>
    public const int Most = 200;

    // Of all that there are; each is a blob that is read where none asked for it in the last seconds.
    private const int MaxLooked = 2000;
    private const int AtOnce = 16;

    private readonly ExpiringCache<IReadOnlyList<string>> _names = new(time);

    /// <summary>Names of those that the caller may search, in order.</summary>
    public async Task<IReadOnlyList<string>> SearchableAsync(RouteListing routes, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(caller);
        var usable = routes.Visible(caller).Where(IsEmbeddings).Select(route => route.Name).ToHashSet(StringComparer.Ordinal);
        var found = new List<string>();
        if (usable.Count == 0) return found;
        await foreach (var (name, settings) in ReadableAsync(caller, cancellationToken).ConfigureAwait(false))
        {
            // Names stand in what models read of the tools. A folder that somebody dropped may be called anything, and is searched at its own path only.
            if (settings is null || DocumentName.WhyNotCollection(name) is not null || !usable.Contains(RouteName.Parse(settings.EmbeddingsRoute, "embeddings_route").Name)) continue;
            found.Add(name);
            if (found.Count == Most) break;
        }

        return found;
    }

    /// <summary>Whether the caller may search a collection.</summary>
    public async Task<bool> MaySearchAsync(RouteListing routes, string collection, Caller caller, CancellationToken cancellationToken) =>
        DocumentName.WhyNotCollection(collection) is null
        && await FindAsync(collection, caller, cancellationToken).ConfigureAwait(false) is { IsThere: true, Settings.EmbeddingsRoute: { } route }
        && routes.Visible(caller).Any(entry => IsEmbeddings(entry) && entry.Name == RouteName.Parse(route, "embeddings_route").Name);

    /// <summary>Whether there is a collection of which the caller may read documents.</summary>
    public async Task<bool> AnyAsync(Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        await foreach (var _ in ReadableAsync(caller, cancellationToken).ConfigureAwait(false)) return true;
        return false;
    }

    /// <summary>Whether the caller may read documents of a collection.</summary>
    public async Task<bool> MayReadAsync(string collection, Caller caller, CancellationToken cancellationToken) => (await FindAsync(collection, caller, cancellationToken).ConfigureAwait(false)).IsThere;

    private static bool IsEmbeddings(RouteEntry route) => route.RouteType == RouteTypes.Embeddings;

    /// <summary>Those that are there for the caller, in order, some at once.</summary>
    private async IAsyncEnumerable<(string Name, CollectionSettings? Settings)> ReadableAsync(Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var some in (await NamesAsync(caller, cancellationToken).ConfigureAwait(false)).Take(MaxLooked).Chunk(AtOnce))
        {
            var seen = await Task.WhenAll(some.Select(name => FindAsync(name, caller, cancellationToken))).ConfigureAwait(false);
            for (var i = 0; i < some.Length; i++)
            {
                if (seen[i].IsThere) yield return (some[i], seen[i].Settings);
            }
        }
    }

    /// <returns>Whether it is there for the caller, and its settings where some apply.</returns>
    private async Task<(bool IsThere, CollectionSettings? Settings)> FindAsync(string collection, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return (true, await collections.RequireReadableAsync(collection, caller, cancellationToken).ConfigureAwait(false));
        }
        catch (GatewayException refused) when (refused.Status == 404 || DamagedState.Is(refused))
        {
            // Who may read what is damaged is not known.
            return (false, null);
        }
    }

    private async Task<IEnumerable<string>> NamesAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.AllowedCollections is { } allowed) return allowed.Distinct().Order(StringComparer.Ordinal);
        var all = await _names.GetAsync("", async stop => (await collections.ListAsync(stop).ConfigureAwait(false), options.RouteCache), cancellationToken).ConfigureAwait(false);
        return all!;
    }
}

using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp;

/// <summary>The collections that a caller may read, and search: as at the other endpoints, who searches uses the route that embeds the question.</summary>
public sealed class ReachableCollections(CollectionStore collections, RouteCatalog routes)
{
    /// <summary>Collections that are looked at to find those of a caller; who has more names the collection.</summary>
    public const int Most = 200;

    /// <summary>Names of those that the caller may search, in order.</summary>
    public async Task<IReadOnlyList<string>> SearchableAsync(Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var usable = (await routes.ListAsync(cancellationToken).ConfigureAwait(false)).Visible(caller).Where(route => route.RouteType == RouteTypes.Embeddings).Select(route => route.Name).ToHashSet(StringComparer.Ordinal);
        var found = new List<string>();
        if (usable.Count == 0) return found;
        foreach (var name in await NamesAsync(caller, cancellationToken).ConfigureAwait(false))
        {
            if (await FindAsync(name, caller, cancellationToken).ConfigureAwait(false) is { EmbeddingsRoute: { } route } && usable.Contains(RouteName.Parse(route, "embeddings_route").Name)) found.Add(name);
        }

        return found;
    }

    /// <summary>Whether there is a collection of which the caller may read documents.</summary>
    public async Task<bool> AnyAsync(Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        foreach (var name in await NamesAsync(caller, cancellationToken).ConfigureAwait(false))
        {
            if (await MayReadAsync(name, caller, cancellationToken).ConfigureAwait(false)) return true;
        }

        return false;
    }

    /// <summary>Whether the caller may read documents of a collection.</summary>
    public async Task<bool> MayReadAsync(string collection, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            await collections.RequireReadableAsync(collection, caller, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (GatewayException refused) when (refused.Status == 404 || DamagedState.Is(refused))
        {
            return false;
        }
    }

    private async Task<CollectionSettings?> FindAsync(string collection, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return await collections.RequireReadableAsync(collection, caller, cancellationToken).ConfigureAwait(false);
        }
        catch (GatewayException refused) when (refused.Status == 404 || DamagedState.Is(refused))
        {
            // Who may read what is damaged is not known.
            return null;
        }
    }

    private async Task<IEnumerable<string>> NamesAsync(Caller caller, CancellationToken cancellationToken)
    {
        var names = caller.AllowedCollections is { } allowed ? allowed.Distinct().Order(StringComparer.Ordinal) : await collections.ListAsync(cancellationToken).ConfigureAwait(false) as IEnumerable<string>;
        return names.Take(Most);
    }
}

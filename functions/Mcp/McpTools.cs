using System.Buffers.Text;
using System.Text;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp;

/// <summary>The tools that a caller may use, and no others: <c>search</c> and <c>fetch</c> where it may read a collection, and one for each rag route.</summary>
public sealed class McpTools(ReachableCollections collections, RouteCatalog routes, PassageSearch search, DocumentExcerpts documents, IGateway gateway, PublicAddress address, TimeProvider time)
{
    /// <summary>Routes that one page of the list has.</summary>
    public const int PageSize = 100;

    /// <param name="cursor">What the page before gave; null for the first.</param>
    /// <returns>A page, in an order that stays the same, and the cursor of the next one; null at the end.</returns>
    /// <exception cref="GatewayException">400: the cursor is none of this list's.</exception>
    public async Task<(IReadOnlyList<Tool> Tools, string? Next)> ListAsync(Caller caller, string? cursor, CancellationToken cancellationToken)
    {
        var after = cursor is null ? null : NameOf(cursor);
        var page = new List<IMcpTool>();
        if (after is null)
        {
            if (await SearchAsync(caller, cancellationToken).ConfigureAwait(false) is { } found) page.Add(found);
            if (await collections.AnyAsync(caller, cancellationToken).ConfigureAwait(false)) page.Add(Fetch);
        }

        string? last = null;
        var asked = 0;
        foreach (var route in (await routes.ListAsync(cancellationToken).ConfigureAwait(false)).Visible(caller, after).Where(IsAsked))
        {
            if (asked++ == PageSize) return (Described(page), Base64Url.EncodeToString(Encoding.UTF8.GetBytes(last!)));
            last = route.Name;
            if (await collections.MayReadAsync(route.Collection!, caller, cancellationToken).ConfigureAwait(false)) page.Add(Ask(route));
        }

        return (Described(page), null);
    }

    /// <returns>Null where there is none of that name for the caller.</returns>
    public async Task<IMcpTool?> FindAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        switch (name)
        {
            case SearchTool.Name:
                return await SearchAsync(caller, cancellationToken).ConfigureAwait(false);
            case FetchTool.Name:
                return await collections.AnyAsync(caller, cancellationToken).ConfigureAwait(false) ? Fetch : null;
            default:
                if (!name.StartsWith(RouteToolName.Prefix, StringComparison.Ordinal)) return null;
                var route = (await routes.ListAsync(cancellationToken).ConfigureAwait(false)).Visible(caller).FirstOrDefault(route => IsAsked(route) && RouteToolName.Of(route.Name) == name);
                return route is not null && await collections.MayReadAsync(route.Collection!, caller, cancellationToken).ConfigureAwait(false) ? Ask(route) : null;
        }
    }

    private FetchTool Fetch => new(documents, address);

    private static bool IsAsked(RouteEntry route) => route is { RouteType: RouteTypes.Answers, Collection: not null };

    private static IReadOnlyList<Tool> Described(List<IMcpTool> tools) => [.. tools.Select(tool => tool.Describe())];

    private AskTool Ask(RouteEntry route) => new(gateway, address, time, route);

    private async Task<SearchTool?> SearchAsync(Caller caller, CancellationToken cancellationToken) =>
        await collections.SearchableAsync(caller, cancellationToken).ConfigureAwait(false) is { Count: > 0 } searchable ? new SearchTool(search, address, searchable) : null;

    private static string NameOf(string cursor)
    {
        try
        {
            var name = cursor.Length <= 128 ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) : "";
            if (RouteName.IsValid(name)) return name;
        }
        catch (FormatException)
        {
        }

        throw GatewayException.Invalid("cursor", "'cursor' is not one that this list gave.");
    }
}

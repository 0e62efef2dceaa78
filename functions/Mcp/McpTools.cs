using System.Buffers.Text;
using System.Text;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Mcp.Servers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp;

/// <summary>
/// The tools that a caller may use, and no others: <c>search</c> and <c>fetch</c> where it may search or read a collection, one for each rag route, and those of upstream servers.
/// </summary>
public sealed class McpTools(SearchTool search, FetchTool fetch, ReachableCollections collections, RouteCatalog routes, UsableTools upstream, IGateway gateway, PublicAddress address, TimeProvider time)
{
    /// <summary>Tools of routes and of upstream servers that one page of the list has.</summary>
    public const int PageSize = 100;

    // No route's name has it.
    private const char OfAServer = ':';

    /// <param name="cursor">What the page before gave; null for the first.</param>
    /// <returns>A page, in an order that stays the same, and the cursor of the next one; null at the end.</returns>
    /// <exception cref="GatewayException">400: the cursor is none of this list's.</exception>
    public async Task<(IReadOnlyList<Tool> Tools, string? Next)> ListAsync(Caller caller, string? cursor, CancellationToken cancellationToken)
    {
        var after = cursor is null ? null : NameOf(cursor);
        var listing = await routes.ListAsync(cancellationToken).ConfigureAwait(false);
        var tools = new List<IMcpTool>(after is null ? [search, fetch] : []);
        var own = tools.Count;
        string? next = null;
        if (after?.StartsWith(OfAServer) != true)
        {
            var asked = listing.Visible(caller, after).Where(IsAsked).Take(PageSize + 1).ToList();
            tools.AddRange(asked.Take(PageSize).Select(Ask));
            if (asked.Count > PageSize) next = asked[PageSize - 1].Name;
            after = null;
        }

        if (next is null)
        {
            var room = PageSize - (tools.Count - own);
            var offered = await upstream.ListAsync(caller, after?[1..], cancellationToken).ConfigureAwait(false);
            tools.AddRange(offered.Take(room).Select(tool => tool.Tool));
            if (offered.Count > room) next = OfAServer + (room == 0 ? "" : offered[room - 1].Name);
        }

        var page = new List<Tool>();
        foreach (var tool in tools)
        {
            if (await tool.DescribeAsync(caller, listing, cancellationToken).ConfigureAwait(false) is { } described) page.Add(described);
        }

        return (page, next is null ? null : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(next)));
    }

    /// <returns>Null where there is none of that name for the caller.</returns>
    public async Task<IMcpTool?> FindAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        // Both look themselves at what the caller may.
        if (name == SearchTool.Name) return search;
        if (name == FetchTool.Name) return fetch;
        if (!name.StartsWith(RouteToolName.Prefix, StringComparison.Ordinal)) return await upstream.FindAsync(name, caller, cancellationToken).ConfigureAwait(false);
        var route = (await routes.ListAsync(cancellationToken).ConfigureAwait(false)).Visible(caller).FirstOrDefault(route => IsAsked(route) && RouteToolName.Of(route.Name) == name);
        return route is not null && await collections.MayReadAsync(route.Collection!, caller, cancellationToken).ConfigureAwait(false) ? Ask(route) : null;
    }

    private static bool IsAsked(RouteEntry route) => route is { RouteType: RouteTypes.Answers, Collection: not null };

    private AskTool Ask(RouteEntry route) => new(gateway, collections, address, time, route);

    private static string NameOf(string cursor)
    {
        try
        {
            var name = cursor.Length <= 128 ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) : "";
            if (RouteName.IsValid(name) || name is [OfAServer] || (name.StartsWith(OfAServer) && McpServerName.ServerOf(name[1..]) is not null)) return name;
        }
        catch (FormatException)
        {
        }

        throw GatewayException.Invalid("cursor", "'cursor' is not one that this list gave.");
    }
}

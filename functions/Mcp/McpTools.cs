using System.Buffers.Text;
using System.Text;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Mcp;

/// <summary>The tools that a caller may use, and no others: <c>search</c> and <c>fetch</c> where it may search or read a collection, and one for each rag route.</summary>
public sealed class McpTools(SearchTool search, FetchTool fetch, ReachableCollections collections, RouteCatalog routes, IGateway gateway, PublicAddress address, TimeProvider time)
{
    /// <summary>Routes that one page of the list has.</summary>
    public const int PageSize = 100;

    /// <param name="cursor">What the page before gave; null for the first.</param>
    /// <returns>A page, in an order that stays the same, and the cursor of the next one; null at the end.</returns>
    /// <exception cref="GatewayException">400: the cursor is none of this list's.</exception>
    public async Task<(IReadOnlyList<Tool> Tools, string? Next)> ListAsync(Caller caller, string? cursor, CancellationToken cancellationToken)
    {
        var after = cursor is null ? null : NameOf(cursor);
        var asked = (await routes.ListAsync(cancellationToken).ConfigureAwait(false)).Visible(caller, after).Where(IsAsked).Take(PageSize + 1).ToList();
        IEnumerable<IMcpTool> tools = [.. after is null ? (IMcpTool[])[search, fetch] : [], .. asked.Take(PageSize).Select(Ask)];
        var page = new List<Tool>();
        foreach (var tool in tools)
        {
            if (await tool.DescribeAsync(caller, cancellationToken).ConfigureAwait(false) is { } described) page.Add(described);
        }

        return (page, asked.Count > PageSize ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(asked[PageSize - 1].Name)) : null);
    }

    /// <returns>Null where there is none of that name for the caller.</returns>
    public async Task<IMcpTool?> FindAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        // Both look themselves at what the caller may.
        if (name == SearchTool.Name) return search;
        if (name == FetchTool.Name) return fetch;
        if (!name.StartsWith(RouteToolName.Prefix, StringComparison.Ordinal)) return null;
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
            if (RouteName.IsValid(name)) return name;
        }
        catch (FormatException)
        {
        }

        throw GatewayException.Invalid("cursor", "'cursor' is not one that this list gave.");
    }
}

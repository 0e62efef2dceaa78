using Serverless.Functions.Mcp.Servers;

namespace Serverless.Functions.Clients;

/// <summary>Who asks: the outcome of authentication.</summary>
/// <param name="ClientId">A stable id; the anonymous caller of a local run has "anonymous".</param>
/// <param name="Groups">The groups whose documents the caller may read.</param>
/// <param name="IsOperator">Whether the caller may change routes, clients and collections.</param>
public sealed record Caller(string ClientId, IReadOnlyList<string> Groups, bool IsOperator)
{
    /// <summary>The app itself, for work that nobody asked for by HTTP, such as ingestion.</summary>
    public static Caller System { get; } = new("system", ["*"], IsOperator: true);

    /// <summary>Whether an id is one that the app gives out itself, without a client of that id: the app's own calls, the operator's key's, and anybody's of a local run.</summary>
    public static bool IsOfTheApp(string id) => id is "system" or "operator" or "anonymous";

    /// <summary>Which of the client's own, where a client is more than one: a member of a group. Null where the client is one.</summary>
    public string? Person { get; init; }

    /// <summary>Whose streams, connections and cached answers are kept apart from everybody else's.</summary>
    public string Subject => Person ?? ClientId;

    /// <summary>Whether the caller sees the configuration, and may do nothing but read.</summary>
    public bool IsReader { get; init; }

    /// <summary>The role that the caller's token has in place of its client's; null for one without, and for a key.</summary>
    public ClientRole? TokenRole { get; init; }

    /// <summary>The groups that the caller's token names; <see cref="Groups"/> has them and the client's.</summary>
    public IReadOnlyList<string> TokenGroups { get; init; } = [];

    /// <summary>Names of the routes that the caller may use; null means all of them.</summary>
    public IReadOnlyList<string>? AllowedRoutes { get; init; }

    /// <summary>Names of the collections that the caller may read where its groups permit it; null means all of them.</summary>
    public IReadOnlyList<string>? AllowedCollections { get; init; }

    /// <summary>Names of the providers' models that the caller may use; null means all of them.</summary>
    public IReadOnlyList<string>? AllowedModels { get; init; }

    /// <summary>Names of the upstream MCP servers, or of single tools of them (<c>server__tool</c>), that the caller may use where its groups permit it; null means all of them.</summary>
    public IReadOnlyList<string>? AllowedMcpServers { get; init; }

    /// <summary>The route that the caller asked, when the app asks another one on its behalf; null when it asks for itself.</summary>
    public string? Through { get; init; }

    /// <summary>Whether the caller may use the route of this name.</summary>
    public bool MayUse(string route) => AllowedRoutes is null || AllowedRoutes.Contains(route, StringComparer.Ordinal);

    /// <summary>Whether the caller's key is good for the collection of this name; its groups are another question.</summary>
    public bool MayRead(string collection) => AllowedCollections is null || AllowedCollections.Contains(collection, StringComparer.Ordinal);

    /// <summary>Whether the caller may use the model of this name.</summary>
    public bool MayUseModel(string model) => AllowedModels is null || AllowedModels.Contains(model, StringComparer.Ordinal);

    /// <summary>Whether the caller's key is good for a tool of the upstream MCP server of this name; its groups are another question.</summary>
    public bool MayUseMcpServer(string server) => AllowedMcpServers is null || AllowedMcpServers.Any(allowed => allowed == server || McpServerName.ServerOf(allowed) == server);

    /// <summary>Whether the caller's key is good for a tool of an upstream MCP server.</summary>
    /// <param name="tool">Its name here: <c>server__tool</c>.</param>
    public bool MayUseMcpTool(string server, string tool) => AllowedMcpServers is null || AllowedMcpServers.Any(allowed => allowed == server || allowed == tool);
}

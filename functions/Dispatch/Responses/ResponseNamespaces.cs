using System.Text.Json;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Namespaces of tools, which responses have and chats have not: each tool is told under a name that begins with its namespace's, and a call of it comes with the two apart. Clients send their own
/// tools so (Codex those of its sub-agents and of MCP servers), and a call whose namespace is lost is of no tool that they have. Source: OpenAI's guide "Function calling", namespaces.
/// </summary>
internal sealed class ResponseNamespaces
{
    /// <summary>The type of a tool that holds others.</summary>
    public const string Type = "namespace";

    private readonly Dictionary<(string Namespace, string Name), string> _told = [];
    private readonly Dictionary<string, (string Namespace, string Name)> _own = new(StringComparer.Ordinal);

    /// <summary>Of a request's tools. What is not as it must be is passed over: it is refused where the tools are read.</summary>
    public static ResponseNamespaces Of(JsonElement body)
    {
        var namespaces = new ResponseNamespaces();
        var tools = VendorJson.Items(body, "tools").ToList();
        var taken = tools.Where(tool => !Holds(tool)).Select(tool => VendorJson.Text(tool, "name")).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var space in tools.Where(Holds))
        {
            foreach (var tool in VendorJson.Items(space, "tools"))
            {
                if (VendorJson.Text(space, "name") is { } name && VendorJson.Text(tool, "name") is { } own) namespaces.Add(name, own, taken);
            }
        }

        return namespaces;
    }

    /// <param name="space">Null for none.</param>
    /// <returns>The name that the model reads.</returns>
    public string? Told(string? space, string? name)
    {
        if (string.IsNullOrEmpty(space) || name is null) return name;
        // Of a tool that is no longer offered there is a call in the history all the same.
        return _told.GetValueOrDefault((space, name)) ?? Joined(space, name);
    }

    /// <returns>The tool's own name, and its namespace's: null for none.</returns>
    public (string? Namespace, string Name) Of(string told) => _own.TryGetValue(told, out var own) ? own : (null, told);

    private static string Joined(string space, string name) => $"{space}__{name}";

    private static bool Holds(JsonElement tool) => VendorJson.Text(tool, "type") == Type;

    private void Add(string space, string name, HashSet<string> taken)
    {
        if (_told.ContainsKey((space, name))) return;
        var told = Joined(space, name);
        for (var number = 2; !taken.Add(told); number++) told = $"{Joined(space, name)}_{number}";
        (_told[(space, name)], _own[told]) = (told, (space, name));
    }
}

namespace Serverless.Functions.Mcp.Servers;

/// <summary>Which of a server's tools are wanted: those that the first list names, without it all, except those that the second names. A name that ends in '*' stands for all that begin so.</summary>
internal static class ToolFilter
{
    public static bool Permits(string tool, IReadOnlyList<string>? allowed, IReadOnlyList<string>? denied) =>
        (allowed is null || allowed.Any(name => Is(tool, name))) && denied?.Any(name => Is(tool, name)) != true;

    private static bool Is(string tool, string name) => name.EndsWith('*') ? tool.StartsWith(name[..^1], StringComparison.Ordinal) : tool == name;
}

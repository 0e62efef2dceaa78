using System.Text.RegularExpressions;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// The name of an upstream server: 1..32 lower-case letters, digits and '-', neither first nor last of them '-'. Without '_', so that the first two of them in a tool's name end the server's; not <c>ask</c>, with
/// which names of this gateway's own tools begin.
/// </summary>
public static partial class McpServerName
{
    /// <summary>What stands between a server's name and its tool's.</summary>
    public const string Separator = "__";

    private const string Permitted = "1 to 32 lower-case letters, digits or '-' within them, and not 'ask'";

    public static bool IsValid(string name) => Pattern().IsMatch(name) && name != "ask";

    /// <exception cref="GatewayException">400: it is no server's name.</exception>
    public static string Require(string name, string field) =>
        IsValid(name) ? name : throw GatewayException.Invalid(field, $"'{field}' must be an MCP server's name: {Permitted}.", "invalid_mcp_server_name");

    /// <summary>The name under which callers find a server's tool.</summary>
    public static string ToolOf(string server, string tool) => ToolName.Of(server + Separator, tool);

    /// <summary>Whose tool a name is; null for none of a server's.</summary>
    public static string? ServerOf(string tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        var at = tool.IndexOf(Separator, StringComparison.Ordinal);
        return at > 0 && IsValid(tool[..at]) ? tool[..at] : null;
    }

    [GeneratedRegex(@"^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}

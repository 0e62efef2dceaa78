using System.Text.Json;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>What an operator approves of a server's tools: all that can be, or some by name and hash; and from which approval is taken.</summary>
/// <param name="Tools">Names at the server, and the hash of what was looked at.</param>
public sealed record McpApprovalRequest(bool All, IReadOnlyList<(string Name, string Hash)> Tools, IReadOnlyList<string> Revoked)
{
    public static McpApprovalRequest Everything { get; } = new(true, [], []);

    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static McpApprovalRequest Read(JsonElement body)
    {
        var fields = new JsonFields(body);
        var all = fields.Boolean("all", false);
        var tools = new List<(string, string)>();
        foreach (var tool in fields.Objects("tools", McpUpstreams.MaxTools) ?? [])
        {
            tools.Add((tool.RequiredString("name", ToolDefinition.MaxName), tool.RequiredString("hash", 128)));
            tool.RejectUnknown();
        }

        var revoked = fields.Strings("revoke", McpUpstreams.MaxTools, ToolDefinition.MaxName) ?? [];
        fields.RejectUnknown();
        if (all && tools.Count > 0) throw GatewayException.Invalid("tools", "'tools' and 'all' exclude each other.");
        if (!all && tools.Count == 0 && revoked.Count == 0) throw GatewayException.Invalid("tools", "'tools' must list {name, hash}, as GET /mcp-servers/{name} shows them; or send 'all': true, or 'revoke'.", "missing_field");
        return new McpApprovalRequest(all, tools, revoked);
    }
}

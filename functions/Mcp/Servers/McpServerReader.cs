using System.Text.Json;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Guards;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>Reads the JSON of an upstream server. Every field is checked, every unknown field refused, by its name.</summary>
public sealed class McpServerReader(OutboundHosts hosts, ContentSafetyOptions safety)
{
    private const int MaxGroups = 64;
    private const int MaxTools = 500;
    private const int MaxUrl = 512;
    private const int MaxDescription = 1000;

    // What HTTP and the protocol say themselves, or what says who asks.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "cookie", "expect", "forwarded", "host", "keep-alive", "last-event-id", "mcp-method", "mcp-name",
        "mcp-protocol-version", "mcp-session-id", "origin", "proxy-authorization", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "via",
    };

    /// <exception cref="GatewayException">400 naming the field.</exception>
    public McpServerDraft Read(JsonElement body)
    {
        var fields = new JsonFields(body);
        var server = new McpServerDocument
        {
            Name = McpServerName.Require(fields.RequiredString("name", 64), "name"),
            Url = ReadUrl(fields),
            Description = fields.OptionalString("description", MaxDescription),
            Enabled = fields.Boolean("enabled", true),
            AllowedTools = fields.Strings("allowed_tools", MaxTools, ToolDefinition.MaxName),
            DeniedTools = fields.Strings("denied_tools", MaxTools, ToolDefinition.MaxName),
            Groups = fields.Strings("groups", MaxGroups, 128) ?? [],
            Approval = ReadApproval(fields),
            TimeoutSeconds = fields.Integer("timeout_seconds", 1, 600, McpServerDocument.DefaultTimeoutSeconds),
            MaxResultBytes = fields.Integer("max_result_bytes", 1024, 8 * 1024 * 1024, McpServerDocument.DefaultMaxResultBytes),
            MaxConcurrency = fields.Integer("max_concurrency", 1, 256, McpServerDocument.DefaultMaxConcurrency),
            Guards = fields.Object("guards") is { } guards ? GuardReader.Read(guards, safety.Endpoint is not null) : null,
        };
        var credential = fields.Object("credential") is { } given ? ReadCredential(given) : null;
        var approveAll = fields.Boolean("approve", false);
        fields.RejectUnknown();
        if (server.Description?.Any(char.IsControl) == true) throw GatewayException.Invalid("description", "'description' must not hold control characters.");
        if (server.Groups.Any(group => group.Any(char.IsControl))) throw GatewayException.Invalid("groups", "'groups': a group's name must not hold control characters.");
        return new McpServerDraft(server, credential, approveAll);
    }

    private static McpApproval ReadApproval(JsonFields fields) => fields.OptionalString("approval", 16) switch
    {
        null or "pinned" => McpApproval.Pinned,
        "none" => McpApproval.None,
        _ => throw GatewayException.Invalid("approval", "'approval' must be pinned or none."),
    };

    private static McpCredentialDraft ReadCredential(JsonFields fields)
    {
        var type = fields.RequiredString("type", 16);
        var header = fields.OptionalString("header", 64);
        var value = fields.OptionalString("value", 4096);
        fields.RejectUnknown();
        if (type is not ("bearer" or "header")) throw GatewayException.Invalid(fields.PathOf("type"), $"'{fields.PathOf("type")}' must be bearer or header.");
        // It travels in a header: printable ASCII only.
        if (value is not null && (value.Length == 0 || !value.All(c => c is > ' ' and <= '~')))
            throw GatewayException.Invalid(fields.PathOf("value"), $"'{fields.PathOf("value")}' must be printable ASCII without spaces.");
        var secret = value is null ? null : new SecretText(value);
        if (type == "bearer")
        {
            return header is null
                ? new McpCredentialDraft("Authorization", "Bearer", secret)
                : throw GatewayException.Invalid(fields.PathOf("header"), $"'{fields.PathOf("header")}' is for the type header; a bearer token goes in Authorization.");
        }

        if (header is null) throw GatewayException.Invalid(fields.PathOf("header"), $"'{fields.PathOf("header")}' is required for the type header.", "missing_field");
        if (header.Length == 0 || !header.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || Reserved.Contains(header) || header.StartsWith("mcp-param-", StringComparison.OrdinalIgnoreCase))
            throw GatewayException.Invalid(fields.PathOf("header"), $"'{fields.PathOf("header")}' must be a header's name of letters, digits, '-' and '_', and none that HTTP or the protocol uses itself.");
        return new McpCredentialDraft(header, null, secret);
    }

    private string ReadUrl(JsonFields fields)
    {
        var text = fields.RequiredString("url", MaxUrl);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
            throw GatewayException.Invalid("url", "'url' must be an absolute http or https URL without user, query or fragment; a key goes in 'credential'.");
        if (hosts.WhyNot(uri) is { } reason) throw GatewayException.Invalid("url", $"'url' {reason}", "host_not_allowed");
        return uri.AbsoluteUri;
    }
}

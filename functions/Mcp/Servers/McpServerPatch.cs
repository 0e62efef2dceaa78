using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>Applies a JSON merge patch (RFC 7396) to a server, as if the whole of it had been sent.</summary>
internal static class McpServerPatch
{
    /// <exception cref="GatewayException">400 when the patch would change the name.</exception>
    public static JsonElement Apply(McpServerDocument server, JsonElement patch)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (patch.TryGetProperty("name", out var name) && !(name.ValueKind == JsonValueKind.String && name.ValueEquals(server.Name)))
            throw GatewayException.Invalid("name", "'name' of an MCP server cannot be changed; create another.", "immutable_field");
        if (patch.TryGetProperty("approve", out _)) throw GatewayException.Invalid("approve", "'approve' is for a new server; tools of this one are approved with POST /mcp-servers/{name}/approve.");
        var target = ToRequest(server);
        // Another way to show a key does not inherit the old one's header.
        if (patch.TryGetProperty("credential", out var credential) && credential.ValueKind == JsonValueKind.Object && credential.TryGetProperty("type", out _) && target["credential"] is JsonObject) target.Remove("credential");
        MergePatch.Apply(target, patch);
        return JsonSerializer.SerializeToElement(target, WireJson.Options);
    }

    private static JsonObject ToRequest(McpServerDocument server)
    {
        var request = new JsonObject
        {
            ["name"] = server.Name,
            ["url"] = server.Url,
            ["enabled"] = server.Enabled,
            ["groups"] = ListOf(server.Groups),
            ["approval"] = server.Approval == McpApproval.None ? "none" : "pinned",
            ["timeout_seconds"] = server.TimeoutSeconds,
            ["max_result_bytes"] = server.MaxResultBytes,
            ["max_concurrency"] = server.MaxConcurrency,
        };
        if (server.Description is { } description) request["description"] = description;
        if (server.AllowedTools is { } allowed) request["allowed_tools"] = ListOf(allowed);
        if (server.DeniedTools is { } denied) request["denied_tools"] = ListOf(denied);
        if (server.Guards is { } guards) request["guards"] = JsonSerializer.SerializeToNode(guards, WireJson.Options);
        if (server.Credential is { Scheme: null } credential) request["credential"] = new JsonObject { ["type"] = "header", ["header"] = credential.Header };
        else if (server.Credential is not null) request["credential"] = new JsonObject { ["type"] = "bearer" };
        return request;
    }

    private static JsonArray ListOf(IReadOnlyList<string> names) => new([.. names.Select(name => JsonValue.Create(name))]);
}

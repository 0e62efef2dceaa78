using System.Text.Json.Nodes;

namespace Serverless.Functions.Providers;

/// <summary>
/// Marks of what Anthropic's models are to keep, of which a request may have four, at Anthropic and at Bedrock. A mark is for all before it, so that of more the last are kept: clients
/// that mark each turn mean those.
/// </summary>
internal static class CacheMarks
{
    private const int Most = 4;

    /// <summary>Of a request of Anthropic's API, in the order of its prompt: tools, system, messages.</summary>
    public static void KeepLast(JsonObject body)
    {
        List<JsonObject> marked = [.. Objects(body["tools"]), .. Objects(body["system"]), .. Objects(body["messages"]).SelectMany(message => Objects(message["content"])).SelectMany(WithInner)];
        foreach (var block in marked.Where(block => block.ContainsKey("cache_control")).SkipLast(Most).ToList()) block.Remove("cache_control");
    }

    /// <summary>Of a request of Bedrock's Converse API, where marks stand behind what they are for.</summary>
    public static void KeepLastPoints(JsonObject body)
    {
        List<JsonObject> marks = [.. Objects(body["toolConfig"]?["tools"]), .. Objects(body["system"]), .. Objects(body["messages"]).SelectMany(message => Objects(message["content"]))];
        foreach (var point in marks.Where(block => block.ContainsKey("cachePoint")).SkipLast(Most).ToList()) point.Parent!.AsArray().Remove(point);
    }

    /// <summary>A result of a tool has blocks in it, which come before its own mark.</summary>
    private static IEnumerable<JsonObject> WithInner(JsonObject block) => [.. (string?)block["type"] == "tool_result" ? Objects(block["content"]) : [], block];

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];
}

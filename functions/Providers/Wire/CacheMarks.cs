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
        foreach (var point in Marks(body).Where(block => block.ContainsKey("cachePoint")).SkipLast(Most).ToList()) point.Parent!.AsArray().Remove(point);
    }

    /// <summary>
    /// Takes away what a model refuses, which answers 403 to marks of what it does not keep: Anthropic's since Claude 3.5 keep all, Nova's all but tools, others nothing. A name that tells no
    /// family may be of any. Source: Amazon Bedrock's user guide, "Prompt caching for faster model inference".
    /// </summary>
    public static void KeepPointsOf(string model, JsonObject body)
    {
        var id = model[(model.LastIndexOf('/') + 1)..];
        if (!id.Contains('.', StringComparison.Ordinal)) return;
        var isNova = id.Contains("amazon.nova", StringComparison.Ordinal);
        if (id.Contains("anthropic.", StringComparison.Ordinal) && ClaudeModel.Of(id).Version is not < 35) return;
        foreach (var mark in Marks(body, messages: !isNova).Where(block => block.ContainsKey("cachePoint")).ToList()) mark.Parent!.AsArray().Remove(mark);
    }

    /// <summary>A result of a tool has blocks in it, which come before its own mark.</summary>
    private static IEnumerable<JsonObject> WithInner(JsonObject block) => [.. (string?)block["type"] == "tool_result" ? Objects(block["content"]) : [], block];

    /// <param name="messages">Whether those of texts are among them, beside those of tools.</param>
    private static List<JsonObject> Marks(JsonObject body, bool messages = true)
    {
        List<JsonObject> tools = [.. Objects(body["toolConfig"]?["tools"])];
        return messages ? [.. tools, .. Objects(body["system"]), .. Objects(body["messages"]).SelectMany(message => Objects(message["content"]))] : tools;
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];
}

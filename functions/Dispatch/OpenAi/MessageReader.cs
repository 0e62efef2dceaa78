using System.Text.Json;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>A chat's messages, as the world sends them: text, parts, images, tool calls and their results.</summary>
internal static class MessageReader
{
    /// <returns>Empty when the body has none.</returns>
    /// <exception cref="GatewayException">400 naming the message's field.</exception>
    public static IReadOnlyList<ChatMessage> Read(JsonElement body)
    {
        if (new RequestFields(body).Array("messages") is not { } array) return [];
        if (array.GetArrayLength() > AnswerChecks.MaxMessages) throw GatewayException.Invalid("messages", $"'messages' may have at most {AnswerChecks.MaxMessages} entries.");
        var messages = new List<ChatMessage>(array.GetArrayLength());
        foreach (var item in array.EnumerateArray()) messages.Add(Message(item, $"messages[{messages.Count}]"));
        return messages;
    }

    private static ChatMessage Message(JsonElement item, string path)
    {
        if (item.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.");
        var fields = new RequestFields(item, path + ".");
        var (text, parts) = Content(fields, path);
        // A mark on the message is one on its last part.
        if (fields.Object("cache_control") is { } mark && (parts?.Count > 0 || !string.IsNullOrEmpty(text)))
        {
            parts ??= [new ContentPart(text)];
            parts = [.. parts.SkipLast(1), parts[^1] with { CacheControl = mark }];
        }

        return new ChatMessage(fields.Text("role") ?? "", text!)
        {
            Parts = parts,
            ToolCalls = Calls(fields, path),
            ToolCallId = fields.Text("tool_call_id"),
            Name = fields.Text("name"),
        };
    }

    private static (string? Text, IReadOnlyList<ContentPart>? Parts) Content(RequestFields fields, string path)
    {
        // What a model refused with comes back as it came: beside a content of null.
        if (fields.Element("content") is not { } content) return (fields.Text("refusal"), null);
        if (content.ValueKind == JsonValueKind.String) return (content.GetString(), null);
        if (content.ValueKind != JsonValueKind.Array) throw fields.Wrong("content", "a string or a list of parts");
        var parts = new List<ContentPart>(content.GetArrayLength());
        foreach (var part in content.EnumerateArray()) parts.Add(Part(part, $"{path}.content[{parts.Count}]"));

        // Parts become lines of one text, as vLLM joins them for chat formats that have no parts.
        var text = string.Join('\n', parts.Where(p => p.Text is not null).Select(p => p.Text));
        return (text, parts.Exists(p => p.ImageUrl is not null || p.CacheControl is not null) ? parts : null);
    }

    private static ContentPart Part(JsonElement part, string path)
    {
        if (part.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
        var fields = new RequestFields(part, path + ".");
        return Part(fields, path) with { CacheControl = fields.Object("cache_control") };
    }

    private static ContentPart Part(RequestFields fields, string path)
    {
        switch (fields.Text("type"))
        {
            case "text" or "input_text" or "output_text":
                return new ContentPart(fields.Text("text") ?? throw fields.Wrong("text", "a string"));
            case "refusal":
                return new ContentPart(fields.Text("refusal") ?? throw fields.Wrong("refusal", "a string"));
            case "image_url":
                var image = new RequestFields(fields.Object("image_url") ?? throw fields.Wrong("image_url", "an object"), path + ".image_url.");
                return new ContentPart(null, ImageUrl(image.Text("url"), path + ".image_url.url"), image.Text("detail"));
            case "input_image":
                return new ContentPart(null, ImageUrl(fields.Text("image_url"), path + ".image_url"), fields.Text("detail"));
            default:
                throw GatewayException.Invalid($"{path}.type", $"'{path}.type' must be text or image_url.", "unsupported_parameter");
        }
    }

    private static string ImageUrl(string? url, string path) =>
        url is not null && (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || DataUrl.TryParse(url, out _, out _))
            ? url
            : throw GatewayException.Invalid(path, $"'{path}' must be an https URL or an image as data:image/...;base64,...");

    private static List<ToolCall>? Calls(RequestFields fields, string path)
    {
        if (fields.Array("tool_calls") is not { } array || array.GetArrayLength() == 0) return null;
        var calls = new List<ToolCall>(array.GetArrayLength());
        foreach (var item in array.EnumerateArray())
        {
            var at = $"{path}.tool_calls[{calls.Count}]";
            if (item.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(at, $"'{at}' must be an object.", "invalid_type");
            var call = new RequestFields(item, at + ".");
            var function = new RequestFields(call.Object("function") ?? throw call.Wrong("function", "an object"), at + ".function.");
            calls.Add(new ToolCall(
                call.Text("id") ?? throw call.Wrong("id", "a string"),
                "function",
                new ToolFunction(function.Text("name") ?? throw function.Wrong("name", "a string"), function.Text("arguments") ?? "{}"))
            {
                ExtraContent = call.Object("extra_content"),
            });
        }

        return calls;
    }
}

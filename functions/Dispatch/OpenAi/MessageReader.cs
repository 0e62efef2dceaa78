using System.Text.Json;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Dispatch;

/// <summary>A chat's messages, as the world sends them: text, parts, images, tool calls and their results.</summary>
internal static class MessageReader
{
    /// <summary>
    /// Members of an assistant's turn that servers of OpenAI's wire have beyond OpenAI's: thoughts, which DeepSeek's and OpenRouter's models want back with the calls that they led to; and
    /// Anthropic's signed blocks of them, and Gemini's signature of a text; what says that the turn is to be gone on with (Mistral's and DeepSeek's <c>prefix</c>, Moonshot's and DashScope's <c>partial</c>).
    /// </summary>
    private static readonly string[] Kept = ["reasoning_content", "reasoning", "reasoning_details", "thinking_blocks", "extra_content", "prefix", "partial"];

    /// <returns>Empty when the body has none.</returns>
    /// <exception cref="GatewayException">400 naming the message's field.</exception>
    public static IReadOnlyList<ChatMessage> Read(JsonElement body)
    {
        if (new RequestFields(body).Array("messages") is not { } array) return [];
        if (array.GetArrayLength() > AnswerChecks.MaxMessages) throw GatewayException.Invalid("messages", $"'messages' may have at most {AnswerChecks.MaxMessages} entries.");
        var messages = new List<ChatMessage>(array.GetArrayLength());
        foreach (var item in array.EnumerateArray())
        {
            var path = $"messages[{messages.Count}]";
            var message = Message(item, path, messages.Count);
            messages.Add(message.Role == "function" ? LegacyFunctions.Result(message, messages, path) : message);
        }

        return messages;
    }

    private static ChatMessage Message(JsonElement item, string path, int at)
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
            ToolCalls = Calls(fields, path) ?? LegacyFunctions.Call(fields, path, at),
            ToolCallId = fields.Text("tool_call_id"),
            // OpenAI's chats have no such member; Anthropic's results of tools do.
            IsError = fields.Text("role") == "tool" && fields.Element("is_error") is { ValueKind: JsonValueKind.True },
            Name = fields.Text("name"),
            Kept = fields.Text("role") == "assistant" ? KeptOf(fields) : null,
        };
    }

    private static Dictionary<string, JsonElement>? KeptOf(RequestFields fields)
    {
        Dictionary<string, JsonElement>? kept = null;
        foreach (var name in Kept)
        {
            if (fields.Element(name) is { } value) (kept ??= [])[name] = value;
        }

        return kept;
    }

    private static (string? Text, IReadOnlyList<ContentPart>? Parts) Content(RequestFields fields, string path)
    {
        // What a model refused with comes back as it came: beside a content of null.
        if (fields.Element("content") is not { } content) return (fields.Text("refusal"), null);
        if (content.ValueKind == JsonValueKind.String) return (content.GetString(), null);
        if (content.ValueKind != JsonValueKind.Array) throw fields.Wrong("content", "a string or a list of parts");
        var parts = new List<ContentPart>(content.GetArrayLength());
        var i = 0;
        foreach (var part in content.EnumerateArray())
        {
            if (Part(part, $"{path}.content[{i++}]") is { } read) parts.Add(read);
        }

        // Parts become lines of one text, as vLLM joins them, where a chat's format has no parts.
        var text = string.Join('\n', parts.Where(p => p.Text is not null).Select(p => p.Text));
        return (text, parts.Count > 1 || parts.Exists(p => !p.IsText || p.CacheControl is not null) ? parts : null);
    }

    /// <returns>Null for what is left out.</returns>
    private static ContentPart? Part(JsonElement part, string path)
    {
        if (part.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
        var fields = new RequestFields(part, path + ".");
        return Part(fields, path) is { } read ? read with { CacheControl = fields.Object("cache_control") } : null;
    }

    private static ContentPart? Part(RequestFields fields, string path)
    {
        switch (fields.Text("type"))
        {
            // A model's thoughts of an earlier turn: nobody but the model that had them can read them.
            case "thinking" or "redacted_thinking" or "reasoning":
                return null;
            case "text" or "input_text" or "output_text":
                return new ContentPart(fields.Text("text") ?? throw fields.Wrong("text", "a string"));
            case "refusal":
                return new ContentPart(fields.Text("refusal") ?? throw fields.Wrong("refusal", "a string"));
            case var type:
                return MediaReader.Read(fields, type, path) ?? throw GatewayException.Invalid(
                    $"{path}.type", $"'{path}.type' must be text, image_url, file, input_audio or refusal.", "unsupported_parameter");
        }
    }

    private static List<ToolCall>? Calls(RequestFields fields, string path)
    {
        if (fields.Array("tool_calls") is not { } array || array.GetArrayLength() == 0) return null;
        var calls = new List<ToolCall>(array.GetArrayLength());
        foreach (var item in array.EnumerateArray())
        {
            var at = $"{path}.tool_calls[{calls.Count}]";
            if (item.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(at, $"'{at}' must be an object.", "invalid_type");
            var call = new RequestFields(item, at + ".");
            var isCustom = call.Text("type") == CustomTools.Type;
            var kind = isCustom ? CustomTools.Type : "function";
            var function = new RequestFields(call.Object(kind) ?? throw call.Wrong(kind, "an object"), $"{at}.{kind}.");
            calls.Add(new ToolCall(
                call.Text("id") ?? throw call.Wrong("id", "a string"),
                kind,
                new ToolFunction(function.Text("name") ?? throw function.Wrong("name", "a string"), isCustom ? function.Text("input") ?? "" : function.Text("arguments") ?? "{}"))
            {
                ExtraContent = call.Object("extra_content"),
            });
        }

        return calls;
    }
}

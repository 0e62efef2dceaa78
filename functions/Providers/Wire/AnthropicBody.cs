using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Requests of Anthropic's Messages API.</summary>
internal static class AnthropicBody
{
    /// <summary>The API insists on a number; this is what every model of it permits.</summary>
    public const int DefaultMaxTokens = 4096;

    /// <summary>Members that the counting of tokens does not take.</summary>
    private static readonly string[] Answering = ["max_tokens", "temperature", "top_p", "top_k", "stop_sequences", "metadata", "stream"];

    /// <param name="answers">Whether it is to be answered; otherwise its tokens are counted.</param>
    /// <exception cref="GatewayException">400: what the model does not take.</exception>
    public static JsonObject Of(string model, Generation chat, bool answers = true)
    {
        var thinking = AnthropicThinking.Of(model, chat, "anthropic");
        var settings = thinking.Without(chat.Settings);
        if (chat.Settings.Temperature > 1) throw GatewayException.Invalid("temperature", "'temperature' must be from 0 to 1 for provider 'anthropic'.");
        var body = new JsonObject { ["model"] = model, ["max_tokens"] = settings.MaxTokens ?? thinking.MaxTokens };
        if (thinking.Thinking is { } asked) body["thinking"] = asked;
        if (thinking.Effort is { } effort) body["output_config"] = new JsonObject { ["effort"] = effort };
        var turns = VendorTurns.Of(FittedCallIds.Of(chat.Messages!, CallIdRule.Vendor));
        if (answers) ClaudeModel.Of(model).CheckLast(turns, chat.Messages!, "anthropic");
        if (turns.Leading.Any(m => m.Parts is not null)) body["system"] = new JsonArray([.. turns.Leading.SelectMany(Parts)]);
        else if (turns.System is { } system) body["system"] = system;
        body["messages"] = new JsonArray([.. turns.Turns.Select((turn, i) => Turn(turn, isLast: i == turns.Turns.Count - 1))]);
        // Models since Claude 4.1 take one of the two, some none; 1, which says nothing, is left out.
        if (settings.Temperature is { } temperature && temperature != 1) body["temperature"] = temperature;
        if (settings.TopP is { } topP && topP != 1) body["top_p"] = topP;
        if (settings.TopK is { } topK) body["top_k"] = topK;
        if (settings.Stop is { Count: > 0 } blank && blank.ToList().FindIndex(string.IsNullOrWhiteSpace) is >= 0 and var at)
            throw GatewayException.Invalid($"stop[{at}]", $"'stop[{at}]' must be more than white space for provider 'anthropic'.", "unsupported_parameter");
        if (settings.Stop is { Count: > 0 } stop) body["stop_sequences"] = new JsonArray([.. stop.Select(s => JsonValue.Create(s))]);
        if (settings.Tools is { } tools) body["tools"] = new JsonArray([.. tools.EnumerateArray().Select(Tool)]);
        if (Choice(settings) is { } choice) body["tool_choice"] = choice;
        if (settings.Tools is null && VendorJson.Called(chat.Messages!) is { Count: > 0 } called)
        {
            // Turns that called tools are refused without tools; none of these may be called.
            body["tools"] = new JsonArray([.. called.Select(name => new JsonObject { ["name"] = name, ["input_schema"] = VendorJson.Schema(null) })]);
            body["tool_choice"] = new JsonObject { ["type"] = "none" };
        }

        CacheMarks.KeepLast(body);
        if (chat.User is { } user) body["metadata"] = new JsonObject { ["user_id"] = user };
        if (chat.Streams) body["stream"] = true;
        return body;
    }

    /// <summary>What the tokens of a prompt are counted of: the body less what says how to answer it.</summary>
    public static JsonObject OfPrompt(string model, Generation chat)
    {
        var body = Of(model, chat, answers: false);
        foreach (var name in Answering) body.Remove(name);
        return body;
    }

    /// <summary>The signed blocks of thoughts that a turn had.</summary>
    public static IEnumerable<JsonElement> Thoughts(ChatMessage message) =>
        message.Kept?.TryGetValue("thinking_blocks", out var thoughts) == true && thoughts.ValueKind == JsonValueKind.Array ? thoughts.EnumerateArray().Where(block => block.ValueKind == JsonValueKind.Object) : [];

    private static JsonObject Turn(VendorTurn turn, bool isLast)
    {
        var content = new JsonArray();
        foreach (var message in turn.ResultsFirst)
        {
            if (message.Role == "tool")
            {
                var result = new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = message.ToolCallId, ["content"] = message.Parts is null ? message.Content : new JsonArray([.. Parts(message)]) };
                if (message.IsError) result["is_error"] = true;
                content.Add(result);
                continue;
            }

            // Thoughts that the service has signed come back before what they led to.
            foreach (var block in Thoughts(message)) content.Add(JsonObject.Create(block));

            foreach (var part in Parts(message)) content.Add(part);

            foreach (var call in message.ToolCalls ?? [])
            {
                content.Add(new JsonObject
                {
                    ["type"] = "tool_use",
                    ["id"] = call.Id,
                    ["name"] = call.Function.Name,
                    ["input"] = VendorJson.ParseArguments(call.Function.Arguments),
                });
            }
        }

        // A text that is to be gone on with may not end in white space.
        if (isLast && turn.IsAssistant && content.Count > 0 && (string?)content[^1]!["text"] is { } last) content[^1]!["text"] = last.TrimEnd();
        return new JsonObject { ["role"] = turn.IsAssistant ? "assistant" : "user", ["content"] = content };
    }

    private static IEnumerable<JsonObject> Parts(ChatMessage message)
    {
        foreach (var part in message.Parts ?? [new ContentPart(message.Content)])
        {
            if (part.IsText && string.IsNullOrWhiteSpace(part.Text)) continue;
            var block = part switch { { ImageUrl: { } url } => Image(url), { File: { } file } => Document(file), _ => new JsonObject { ["type"] = "text", ["text"] = part.Text } };
            if (part.CacheControl is { } mark) block["cache_control"] = JsonObject.Create(mark);
            yield return block;
        }
    }

    private static JsonObject Image(string url) => new()
    {
        ["type"] = "image",
        ["source"] = DataUrl.TryParse(url, out var type, out var data)
            ? new JsonObject { ["type"] = "base64", ["media_type"] = type, ["data"] = data }
            : new JsonObject { ["type"] = "url", ["url"] = url },
    };

    private static JsonObject Document(ContentFile file)
    {
        var block = new JsonObject { ["type"] = "document", ["source"] = Source(file) };
        if (file.Name is { Length: > 0 } name) block["title"] = name;
        return block;
    }

    private static JsonObject Source(ContentFile file)
    {
        if (file.Url is { } url) return new JsonObject { ["type"] = "url", ["url"] = url };
        if (file.Data is { } given && DataUrl.TryParseAny(given, out var type, out var data))
        {
            if (type == "application/pdf") return new JsonObject { ["type"] = "base64", ["media_type"] = type, ["data"] = data };
            if (type.StartsWith("text/", StringComparison.Ordinal)) return new JsonObject { ["type"] = "text", ["media_type"] = "text/plain", ["data"] = Encoding.UTF8.GetString(Convert.FromBase64String(data)) };
        }

        throw GatewayException.Invalid("messages", "Provider 'anthropic' takes files that are PDF or text, as file_data or file_url.", "unsupported_parameter");
    }

    private static JsonObject Tool(JsonElement tool)
    {
        if (AnthropicTools.IsType(VendorJson.Text(tool, "type"))) return JsonObject.Create(tool)!;
        var function = VendorJson.Object(tool, "function");
        var mapped = new JsonObject { ["name"] = VendorJson.Text(function, "name") };
        if (VendorJson.Text(function, "description") is { Length: > 0 } description) mapped["description"] = description;
        mapped["input_schema"] = VendorJson.Schema(function);
        if (tool.TryGetProperty(StrictTools.Name, out var strict) && strict.ValueKind == JsonValueKind.True) mapped[StrictTools.Name] = true;
        if (VendorJson.Object(tool, "cache_control") is { } mark) mapped["cache_control"] = JsonObject.Create(mark);
        return mapped;
    }

    private static JsonObject? Choice(GenerationSettings settings)
    {
        if (settings.Tools is null) return null;
        JsonObject? choice = settings.ToolChoice switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } word => new JsonObject { ["type"] = word.GetString() switch { "required" => "any", "none" => "none", _ => "auto" } },
            { } named => new JsonObject { ["type"] = "tool", ["name"] = VendorJson.Text(VendorJson.Object(named, "function"), "name") },
        };
        if (settings.ParallelToolCalls == false && (string?)choice?["type"] != "none")
        {
            choice ??= new JsonObject { ["type"] = "auto" };
            choice["disable_parallel_tool_use"] = true;
        }

        return choice;
    }
}

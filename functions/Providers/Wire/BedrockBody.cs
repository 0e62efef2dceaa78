using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Requests of Bedrock's Converse API.</summary>
internal static class BedrockBody
{
    /// <summary>Characters of a document's name.</summary>
    public const int MaxNameChars = 200;

    /// <param name="answers">Whether it is to be answered; otherwise its tokens are counted.</param>
    /// <exception cref="GatewayException">400: what the model does not take.</exception>
    public static JsonObject Of(string model, Generation chat, bool answers = true)
    {
        var isAnthropic = model.Contains("anthropic.", StringComparison.Ordinal);
        var thinking = isAnthropic ? AnthropicThinking.Of(model, chat, "bedrock") : null;
        if (thinking is null) RefuseThinking(chat.Settings);
        var settings = thinking?.Without(chat.Settings) ?? chat.Settings;
        if (chat.Settings.Temperature > 1) throw GatewayException.Invalid("temperature", "'temperature' must be from 0 to 1 for provider 'bedrock'.");
        var turns = VendorTurns.Of(FittedCallIds.Of(chat.Messages!, CallIdRule.Vendor));
        if (answers && isAnthropic) ClaudeModel.Of(model).CheckLast(turns, chat.Messages!, "bedrock");
        var body = new JsonObject();
        if (turns.Leading.Any(m => m.Parts is not null)) body["system"] = new JsonArray([.. turns.Leading.SelectMany(Parts)]);
        else if (turns.System is { } system) body["system"] = new JsonArray(new JsonObject { ["text"] = system });
        // The API has no way to say that no tool may be called but to name none; then turns that called some are told in words, because it refuses them without tools.
        var tools = settings.ToolChoice is { ValueKind: JsonValueKind.String } word && word.ValueEquals("none"u8) ? null : settings.Tools;
        body["messages"] = new JsonArray([.. turns.Turns.Select((turn, i) => Turn(turn, hasTools: tools is not null, hasThoughts: thinking?.IsOn == true, isLast: i == turns.Turns.Count - 1))]);
        BedrockDocuments.Complete(body["messages"]!.AsArray());
        var inference = new JsonObject();
        if (settings.MaxTokens is { } maxTokens) inference["maxTokens"] = maxTokens;
        // Anthropic's models since Claude 4.1 take one of the two, some none; 1, which says nothing to them, is left out.
        if (settings.Temperature is { } temperature && !(isAnthropic && temperature == 1)) inference["temperature"] = temperature;
        if (settings.TopP is { } topP && !(isAnthropic && topP == 1)) inference["topP"] = topP;
        if (settings.Stop is { Count: > 0 } stop) inference["stopSequences"] = new JsonArray([.. stop.Select(s => JsonValue.Create(s))]);
        if (thinking?.Thinking is { } asked) Additional(body)["thinking"] = asked;
        if (thinking?.Effort is { } effort) Additional(body)["output_config"] = new JsonObject { ["effort"] = effort };
        // What is thought counts among the tokens of the answer.
        if (settings.MaxTokens is null && thinking?.IsOn == true) inference["maxTokens"] = thinking.MaxTokens;
        if (inference.Count > 0) body["inferenceConfig"] = inference;
        if (tools is { } given) body["toolConfig"] = Tools(given, settings.ToolChoice);
        CacheMarks.KeepPointsOf(model, body);
        if (isAnthropic) CacheMarks.KeepLastPoints(body);
        return body;
    }

    private static JsonNode Additional(JsonObject body) => body["additionalModelRequestFields"] ??= new JsonObject();

    private static void RefuseThinking(GenerationSettings settings)
    {
        if (AnthropicThinking.Asks(settings)) throw GatewayException.Invalid("thinking", "'thinking' is for Anthropic's models of provider 'bedrock'.", "unsupported_parameter");
        if (settings.Extra?.TryGetValue("reasoning_effort", out var effort) == true && !ServerParameters.AsksNotToThink("reasoning_effort", effort))
            throw GatewayException.Invalid("reasoning_effort", "'reasoning_effort' is for Anthropic's models of provider 'bedrock'.", "unsupported_parameter");
    }

    private static JsonObject Turn(VendorTurn turn, bool hasTools, bool hasThoughts, bool isLast)
    {
        var content = new JsonArray();
        foreach (var message in turn.ResultsFirst)
        {
            if (message.Role == "tool" && hasTools)
            {
                var result = new JsonObject { ["toolUseId"] = message.ToolCallId, ["content"] = Result(message) };
                if (message.IsError) result["status"] = "error";
                content.Add(new JsonObject { ["toolResult"] = result });
                if (message.Parts?.Any(p => p.CacheControl is not null) == true) content.Add(CachePoint());
                continue;
            }

            if (hasThoughts)
            {
                // Thoughts that the service has signed come back before what they led to.
                foreach (var block in AnthropicBody.Thoughts(message)) content.Add(Thought(block));
            }

            if (message.Role == "tool") content.Add(new JsonObject { ["text"] = $"Result of call {message.ToolCallId}:" });
            foreach (var part in Parts(message)) content.Add(part);
            foreach (var call in message.ToolCalls ?? [])
            {
                content.Add(hasTools
                    ? new JsonObject { ["toolUse"] = new JsonObject { ["toolUseId"] = call.Id, ["name"] = call.Function.Name, ["input"] = VendorJson.ParseArguments(call.Function.Arguments) } }
                    : new JsonObject { ["text"] = $"Call {call.Id} of {call.Function.Name}: {call.Function.Arguments}" });
            }
        }

        // A text that is to be gone on with may not end in white space.
        if (isLast && turn.IsAssistant && content.Count > 0 && (string?)content[^1]!["text"] is { } last) content[^1]!["text"] = last.TrimEnd();
        return new JsonObject { ["role"] = turn.IsAssistant ? "assistant" : "user", ["content"] = content };
    }

    private static JsonObject Thought(JsonElement block) => new()
    {
        ["reasoningContent"] = VendorJson.Text(block, "type") == "redacted_thinking"
            ? new JsonObject { ["redactedContent"] = VendorJson.Text(block, "data") }
            : new JsonObject { ["reasoningText"] = new JsonObject { ["text"] = VendorJson.Text(block, "thinking"), ["signature"] = VendorJson.Text(block, "signature") } },
    };

    private static IEnumerable<JsonObject> Parts(ChatMessage message)
    {
        foreach (var part in message.Parts ?? [new ContentPart(message.Content)])
        {
            if (part.IsText && string.IsNullOrWhiteSpace(part.Text)) continue;
            yield return part switch { { ImageUrl: { } url } => Image(url), { File: { } file } => Document(file), _ => new JsonObject { ["text"] = part.Text } };
            if (part.CacheControl is not null) yield return CachePoint();
        }
    }

    /// <summary>A tool's result; a blank text is refused there, so nothing is an empty object.</summary>
    private static JsonArray Result(ChatMessage message) => Parts(message).Where(part => !part.ContainsKey("cachePoint")).ToArray() is { Length: > 0 } parts ? new JsonArray(parts) : new JsonArray(new JsonObject { ["json"] = new JsonObject() });

    private static JsonObject CachePoint() => new() { ["cachePoint"] = new JsonObject { ["type"] = "default" } };

    private static JsonObject Image(string url) => DataUrl.TryParse(url, out var type, out var data)
        ? new JsonObject { ["image"] = new JsonObject { ["format"] = type["image/".Length..], ["source"] = new JsonObject { ["bytes"] = data } } }
        : throw GatewayException.Invalid("messages", "Provider 'bedrock' takes images as data URLs only.", "unsupported_parameter");

    private static JsonObject Document(ContentFile file)
    {
        if (file.Data is not { } given || !DataUrl.TryParseAny(given, out var type, out var data) || FileTypes.EndingOf(type) is not { } format)
            throw GatewayException.Invalid("messages", "Provider 'bedrock' takes files that are PDF, text, HTML, Word or Excel, as file_data.", "unsupported_parameter");
        return new JsonObject { ["document"] = new JsonObject { ["format"] = format, ["name"] = Name(file.Name), ["source"] = new JsonObject { ["bytes"] = data } } };
    }

    /// <summary>The service takes letters, digits, single blanks, hyphens and brackets in a document's name.</summary>
    private static string Name(string? name)
    {
        var stem = name is null ? "" : name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : name;
        var words = string.Concat(stem.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '(' or ')' or '[' or ']' ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var permitted = string.Join(' ', words);
        return permitted.Length == 0 ? "document" : permitted[..Math.Min(permitted.Length, MaxNameChars)].TrimEnd();
    }

    private static IEnumerable<JsonObject> Tool(JsonElement tool)
    {
        var function = VendorJson.Object(tool, "function");
        var spec = new JsonObject { ["name"] = VendorJson.Text(function, "name") };
        if (VendorJson.Text(function, "description") is { Length: > 0 } description) spec["description"] = description;
        spec["inputSchema"] = new JsonObject { ["json"] = VendorJson.Schema(function) };
        yield return new JsonObject { ["toolSpec"] = spec };
        if (VendorJson.Object(tool, "cache_control") is not null) yield return CachePoint();
    }

    private static JsonObject Tools(JsonElement tools, JsonElement? choice)
    {
        var config = new JsonObject
        {
            ["tools"] = new JsonArray([.. tools.EnumerateArray().SelectMany(Tool)]),
        };
        if (choice is { ValueKind: JsonValueKind.String } word) config["toolChoice"] = new JsonObject { [word.ValueEquals("required"u8) ? "any" : "auto"] = new JsonObject() };
        else if (choice is { } named) config["toolChoice"] = new JsonObject { ["tool"] = new JsonObject { ["name"] = VendorJson.Text(VendorJson.Object(named, "function"), "name") } };
        return config;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Requests of the Gemini API.</summary>
internal static class GeminiBody
{
    /// <summary>What Google documents in place of a signature for calls that no model of its own has signed.</summary>
    private const string Unsigned = "skip_thought_signature_validator";

    public static JsonObject Of(string model, Generation chat)
    {
        var turns = VendorTurns.Of(chat.Messages!);
        var body = new JsonObject();
        if (turns.System is { } system) body["systemInstruction"] = new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["text"] = system }) };
        body["contents"] = new JsonArray([.. Contents(turns.Turns, GeminiThinking.HasLevels(model))]);
        if (chat.Settings.Tools is { } tools)
        {
            body["tools"] = new JsonArray(new JsonObject { ["functionDeclarations"] = new JsonArray([.. tools.EnumerateArray().Select(Tool)]) });
            if (chat.Settings.ToolChoice is { } choice) body["toolConfig"] = new JsonObject { ["functionCallingConfig"] = Choice(choice) };
        }

        var config = Config(chat.Settings);
        if (GeminiThinking.Of(model, chat.Settings) is { } thinking) config["thinkingConfig"] = thinking;
        if (config.Count > 0) body["generationConfig"] = config;
        return body;
    }

    private static JsonObject Config(GenerationSettings settings)
    {
        var config = new JsonObject();
        if (settings.Temperature is { } temperature) config["temperature"] = temperature;
        if (settings.TopP is { } topP) config["topP"] = topP;
        if (settings.TopK is { } topK) config["topK"] = topK;
        if (settings.MaxTokens is { } maxTokens) config["maxOutputTokens"] = maxTokens;
        if (settings.N is > 1) config["candidateCount"] = settings.N;
        if (settings.Stop is { Count: > 0 } stop) config["stopSequences"] = new JsonArray([.. stop.Select(s => JsonValue.Create(s))]);
        if (settings.Seed is { } seed) config["seed"] = seed;
        // Clients send 0 unasked, and some models refuse any.
        if (settings.PresencePenalty is { } presence && presence != 0) config["presencePenalty"] = presence;
        if (settings.FrequencyPenalty is { } frequency && frequency != 0) config["frequencyPenalty"] = frequency;
        if (settings.ResponseFormat is { } format)
        {
            config["responseMimeType"] = "application/json";
            if (VendorJson.Object(VendorJson.Object(format, "json_schema"), "schema") is { } schema)
            {
                // Lists and choices are taken at the root, references are not.
                config["responseJsonSchema"] = ObjectSchema.Of(schema) is { IsWrapped: false } followed ? followed.Schema : JsonObject.Create(schema);
            }
        }

        return config;
    }

    /// <param name="signs">Whether the model refuses turns whose calls are not signed: those since Gemini 3.</param>
    private static IEnumerable<JsonObject> Contents(IReadOnlyList<VendorTurn> turns, bool signs)
    {
        // A call's name by its id, the last that was so called: ids come again where a service counts the calls of each answer.
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var order = new List<string>();
        foreach (var turn in turns)
        {
            var parts = new JsonArray();
            // It has no ids: of two calls of one function the first result is the first one's.
            foreach (var message in turn.ResultsFirst.OrderBy(m => m.Role == "tool" ? order.LastIndexOf(m.ToolCallId ?? "") : int.MaxValue))
            {
                if (message.Role == "tool")
                {
                    parts.Add(Result(message, names));
                    if (!message.HasMedia) continue;
                }

                foreach (var part in message.Role == "tool" ? message.Parts!.Where(part => !part.IsText) : message.Parts ?? [new ContentPart(message.Content)])
                {
                    if (part.ImageUrl is { } url) parts.Add(Image(url));
                    else if (part.File is { } file) parts.Add(Document(file));
                    else if (part.Audio is { } audio) parts.Add(Inline($"audio/{audio.Format}", audio.Data));
                    else if (!string.IsNullOrEmpty(part.Text)) parts.Add(new JsonObject { ["text"] = part.Text });
                }

                // An answer's text may be signed too, at its end.
                if (message.Kept?.TryGetValue("extra_content", out var kept) == true && Signature(kept) is { } signed && parts.Count > 0 && parts[^1]!["text"] is not null) parts[^1]!["thoughtSignature"] = signed;
                // Of calls in one turn the first is signed.
                var isFirst = true;
                foreach (var call in message.ToolCalls ?? [])
                {
                    names[call.Id] = call.Function.Name;
                    order.Add(call.Id);
                    var part = new JsonObject { ["functionCall"] = new JsonObject { ["name"] = call.Function.Name, ["args"] = VendorJson.ParseArguments(call.Function.Arguments) } };
                    if ((Signature(call.ExtraContent) ?? (signs && isFirst ? Unsigned : null)) is { } signature) part["thoughtSignature"] = signature;
                    parts.Add(part);
                    isFirst = false;
                }
            }

            yield return new JsonObject { ["role"] = turn.IsAssistant ? "model" : "user", ["parts"] = parts };
        }
    }

    private static string? Signature(JsonElement? extra) => VendorJson.Text(VendorJson.Object(extra, "google"), "thought_signature");

    /// <summary>A result's text; what else a tool gave stands behind it, as a part of its own.</summary>
    private static JsonObject Result(ChatMessage message, Dictionary<string, string> names) => new()
    {
        ["functionResponse"] = new JsonObject
        {
            ["name"] = names.GetValueOrDefault(message.ToolCallId ?? "") ?? message.Name ?? "function",
            ["response"] = new JsonObject { [message.IsError ? "error" : "result"] = message.Content },
        },
    };

    private static JsonObject Image(string url) => DataUrl.TryParse(url, out var type, out var data)
        ? Inline(type, data)
        : new JsonObject { ["fileData"] = new JsonObject { ["fileUri"] = url } };

    private static JsonObject Document(ContentFile file)
    {
        if (file.Data is { } given && DataUrl.TryParseAny(given, out var type, out var data)) return Inline(type, data);
        return file.Url is { } url
            ? new JsonObject { ["fileData"] = new JsonObject { ["mimeType"] = FileTypes.OfName(file.Name ?? new Uri(url).AbsolutePath), ["fileUri"] = url } }
            : throw GatewayException.Invalid("messages", "Provider 'gemini' takes files as file_data or file_url.", "unsupported_parameter");
    }

    private static JsonObject Inline(string type, string data) => new() { ["inlineData"] = new JsonObject { ["mimeType"] = type, ["data"] = data } };

    private static JsonObject Tool(JsonElement tool)
    {
        var function = VendorJson.Object(tool, "function");
        var mapped = new JsonObject { ["name"] = VendorJson.Text(function, "name") };
        if (VendorJson.Text(function, "description") is { } description) mapped["description"] = description;
        if (VendorJson.Object(function, "parameters") is not null) mapped["parametersJsonSchema"] = VendorJson.Schema(function);
        return mapped;
    }

    private static JsonObject Choice(JsonElement choice)
    {
        if (choice.ValueKind == JsonValueKind.String) return new JsonObject { ["mode"] = choice.GetString() switch { "required" => "ANY", "none" => "NONE", _ => "AUTO" } };
        return new JsonObject { ["mode"] = "ANY", ["allowedFunctionNames"] = new JsonArray(VendorJson.Text(VendorJson.Object(choice, "function"), "name")) };
    }
}

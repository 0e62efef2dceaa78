using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Requests of Cohere's <c>/v2/chat</c>, whose messages and tools have OpenAI's shape and whose parameters have names of their own.</summary>
internal static class CohereBody
{
    public static JsonObject Of(string model, Generation chat)
    {
        var settings = chat.Settings;
        if (settings.Temperature > 1) throw GatewayException.Invalid("temperature", "'temperature' must be from 0 to 1 for provider 'cohere'.");
        var body = new JsonObject
        {
            ["model"] = model,
            // The assistant's empty turns are refused there.
            ["messages"] = new JsonArray([.. MediaOfResults.AsUserTurns(chat.Messages!).Where(m => m.Role != "assistant" || m.ToolCalls is not null || !string.IsNullOrEmpty(m.Content)).Select(Message)]),
        };
        if (settings.Temperature is { } temperature) body["temperature"] = temperature;
        if (settings.TopP is { } topP) body["p"] = topP;
        if (settings.TopK is { } topK) body["k"] = topK;
        if (settings.MaxTokens is { } maxTokens) body["max_tokens"] = maxTokens;
        if (settings.Stop is { Count: > 0 } stop) body["stop_sequences"] = new JsonArray([.. stop.Select(s => JsonValue.Create(s))]);
        if (settings.Seed is { } seed) body["seed"] = seed;
        if (settings.PresencePenalty is { } presence) body["presence_penalty"] = presence;
        if (settings.FrequencyPenalty is { } frequency) body["frequency_penalty"] = frequency;
        if (settings.ResponseFormat is { } format) body["response_format"] = Format(format);
        if (Tools(settings) is { } tools)
        {
            body["tools"] = tools;
            if (Choice(settings.ToolChoice) is { } choice) body["tool_choice"] = choice;
        }

        if (chat.Streams) body["stream"] = true;
        return body;
    }

    /// <summary>A choice has no names there, so of a tool that must be called the others are not told.</summary>
    private static JsonArray? Tools(GenerationSettings settings)
    {
        if (StrictTools.ForOpenAi(settings.Tools, takesStrict: false) is not { } tools) return null;
        var name = settings.ToolChoice is { ValueKind: JsonValueKind.Object } named ? ToolNames.Of(named) : null;
        return new JsonArray([.. tools.EnumerateArray().Where(tool => name is null || ToolNames.Of(tool) == name).Select(tool => JsonSerializer.SerializeToNode(tool))]);
    }

    private static string? Choice(JsonElement? choice) => choice switch
    {
        { ValueKind: JsonValueKind.Object } => "REQUIRED",
        { ValueKind: JsonValueKind.String } word => word.GetString() switch { "required" => "REQUIRED", "none" => "NONE", _ => null },
        _ => null,
    };

    private static JsonObject Format(JsonElement format)
    {
        var mapped = new JsonObject { ["type"] = "json_object" };
        if (VendorJson.Object(VendorJson.Object(format, "json_schema"), "schema") is { } schema) mapped["json_schema"] = JsonObject.Create(schema);
        return mapped;
    }

    private static JsonObject Message(ChatMessage message)
    {
        var mapped = new JsonObject { ["role"] = message.Role == "developer" ? "system" : message.Role };
        if (message is { HasMedia: true, Parts: { } parts })
        {
            mapped["content"] = new JsonArray([.. parts.Where(part => !part.IsText || !string.IsNullOrEmpty(part.Text)).Select(Part)]);
        }
        else if (!string.IsNullOrEmpty(message.Content))
        {
            mapped["content"] = message.Content;
        }

        if (message.ToolCalls is { } calls)
        {
            mapped["tool_calls"] = new JsonArray([.. calls.Select(c => new JsonObject
            {
                ["id"] = c.Id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = c.Function.Name, ["arguments"] = c.Function.Arguments.Length == 0 ? "{}" : c.Function.Arguments },
            })]);
        }

        if (message.ToolCallId is { } id) mapped["tool_call_id"] = id;
        return mapped;
    }

    private static JsonObject Part(ContentPart part)
    {
        if (part.ImageUrl is not { } url) return new JsonObject { ["type"] = "text", ["text"] = part.Text };
        var image = new JsonObject { ["url"] = url };
        if (part.Detail is { } detail) image["detail"] = detail;
        return new JsonObject { ["type"] = "image_url", ["image_url"] = image };
    }
}

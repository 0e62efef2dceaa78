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
            ["messages"] = new JsonArray([.. chat.Messages!.Where(m => m.Role != "assistant" || m.ToolCalls is not null || !string.IsNullOrEmpty(m.Content)).Select(Message)]),
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
        if (StrictTools.ForOpenAi(settings.Tools, takesStrict: false) is { } tools) body["tools"] = JsonArray.Create(tools);
        if (settings.ToolChoice is { ValueKind: JsonValueKind.String } choice && choice.GetString() is "required" or "none")
            body["tool_choice"] = settings.ToolChoice.Value.GetString()!.ToUpperInvariant();
        if (settings.ToolChoice is { ValueKind: JsonValueKind.Object })
            throw GatewayException.Invalid("tool_choice", "'tool_choice' must be none, auto or required for provider 'cohere'.", "unsupported_parameter");
        if (chat.Streams) body["stream"] = true;
        return body;
    }

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
            mapped["content"] = new JsonArray([.. parts.Select(p => p.ImageUrl is { } url
                ? new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = url } }
                : new JsonObject { ["type"] = "text", ["text"] = p.Text })]);
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
}

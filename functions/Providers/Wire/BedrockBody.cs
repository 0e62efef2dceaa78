using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Requests of Bedrock's Converse API.</summary>
internal static class BedrockBody
{
    public static JsonObject Of(Generation chat)
    {
        var settings = chat.Settings;
        if (settings.Temperature > 1) throw GatewayException.Invalid("temperature", "'temperature' must be from 0 to 1 for provider 'bedrock'.");
        var turns = VendorTurns.Of(chat.Messages!);
        var body = new JsonObject();
        if (turns.System is { } system) body["system"] = new JsonArray(new JsonObject { ["text"] = system });
        body["messages"] = new JsonArray([.. turns.Turns.Select(Turn)]);
        var inference = new JsonObject();
        if (settings.MaxTokens is { } maxTokens) inference["maxTokens"] = maxTokens;
        if (settings.Temperature is { } temperature) inference["temperature"] = temperature;
        if (settings.TopP is { } topP) inference["topP"] = topP;
        if (settings.Stop is { Count: > 0 } stop) inference["stopSequences"] = new JsonArray([.. stop.Select(s => JsonValue.Create(s))]);
        if (inference.Count > 0) body["inferenceConfig"] = inference;
        // The API has no way to say that no tool may be called but to name none.
        if (settings.Tools is { } tools && !(settings.ToolChoice is { ValueKind: JsonValueKind.String } word && word.ValueEquals("none"u8))) body["toolConfig"] = Tools(tools, settings.ToolChoice);
        return body;
    }

    private static JsonObject Turn(VendorTurn turn)
    {
        var content = new JsonArray();
        foreach (var message in turn.Messages)
        {
            if (message.Role == "tool")
            {
                content.Add(new JsonObject { ["toolResult"] = new JsonObject { ["toolUseId"] = message.ToolCallId, ["content"] = new JsonArray(new JsonObject { ["text"] = message.Content }) } });
                continue;
            }

            foreach (var part in message.Parts ?? [new ContentPart(message.Content)])
            {
                if (part.ImageUrl is { } url) content.Add(Image(url));
                else if (!string.IsNullOrEmpty(part.Text)) content.Add(new JsonObject { ["text"] = part.Text });
            }

            foreach (var call in message.ToolCalls ?? [])
            {
                content.Add(new JsonObject
                {
                    ["toolUse"] = new JsonObject { ["toolUseId"] = call.Id, ["name"] = call.Function.Name, ["input"] = VendorJson.ParseArguments(call.Function.Arguments) },
                });
            }
        }

        return new JsonObject { ["role"] = turn.IsAssistant ? "assistant" : "user", ["content"] = content };
    }

    private static JsonObject Image(string url) => DataUrl.TryParse(url, out var type, out var data)
        ? new JsonObject { ["image"] = new JsonObject { ["format"] = type["image/".Length..], ["source"] = new JsonObject { ["bytes"] = data } } }
        : throw GatewayException.Invalid("messages", "Provider 'bedrock' takes images as data URLs only.", "unsupported_parameter");

    private static JsonObject Tools(JsonElement tools, JsonElement? choice)
    {
        var config = new JsonObject
        {
            ["tools"] = new JsonArray([.. tools.EnumerateArray().Select(tool =>
            {
                var function = VendorJson.Object(tool, "function");
                var spec = new JsonObject { ["name"] = VendorJson.Text(function, "name") };
                if (VendorJson.Text(function, "description") is { } description) spec["description"] = description;
                spec["inputSchema"] = new JsonObject { ["json"] = VendorJson.Object(function, "parameters") is { } schema ? JsonObject.Create(schema) : new JsonObject { ["type"] = "object" } };
                return (JsonNode)new JsonObject { ["toolSpec"] = spec };
            })]),
        };
        if (choice is { ValueKind: JsonValueKind.String } word) config["toolChoice"] = new JsonObject { [word.ValueEquals("required"u8) ? "any" : "auto"] = new JsonObject() };
        else if (choice is { } named) config["toolChoice"] = new JsonObject { ["tool"] = new JsonObject { ["name"] = VendorJson.Text(VendorJson.Object(named, "function"), "name") } };
        return config;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Dispatch;

/// <summary>From a request of OpenAI's responses to a chat: its items become messages, its parameters those of a chat.</summary>
internal static class ResponseReader
{
    private static readonly string[] Stored = ["previous_response_id", "conversation", "prompt"];
    private static readonly string[] SameNames = ["model", "temperature", "top_p", "top_logprobs", "parallel_tool_calls", "stream", "user", "service_tier", "prompt_cache_key", "top_k", "seed"];

    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static AnswerRequest Read(JsonElement body, string route, Caller caller)
    {
        var fields = new RequestFields(body);
        foreach (var name in Stored)
        {
            if (fields.Has(name)) throw GatewayException.Invalid(name, $"'{name}' is not supported: nothing is stored here.", "unsupported_parameter");
        }

        if (fields.Flag("background") == true) throw GatewayException.Invalid("background", "'background' is not supported: nothing is stored here.", "unsupported_parameter");
        var chat = new JsonObject { ["messages"] = Messages(fields) };
        foreach (var name in SameNames)
        {
            if (fields.Element(name) is { } value) chat[name] = JsonSerializer.SerializeToNode(value);
        }

        if (fields.Element("max_output_tokens") is { } most) chat["max_completion_tokens"] = JsonSerializer.SerializeToNode(most);
        if (fields.Object("reasoning") is { } reasoning && new RequestFields(reasoning, "reasoning.").Text("effort") is { } effort) chat["reasoning_effort"] = effort;
        if (fields.Array("tools") is { } tools) chat["tools"] = new JsonArray([.. tools.EnumerateArray().Select((tool, i) => Tool(tool, $"tools[{i}]"))]);
        if (fields.Element("tool_choice") is { } choice) chat["tool_choice"] = Choice(choice);
        if (fields.Object("text") is { } text && new RequestFields(text, "text.").Object("format") is { } format) chat["response_format"] = Format(format);
        try
        {
            return OpenAiRequests.Chat(JsonSerializer.SerializeToElement(chat), route, caller);
        }
        catch (GatewayException refused) when (refused.Error.Param is { } param && param.StartsWith("messages", StringComparison.Ordinal))
        {
            throw GatewayException.Invalid("input", refused.Error.Message.Replace(param, "input", StringComparison.Ordinal), refused.Error.Code);
        }
    }

    private static JsonArray Messages(RequestFields fields)
    {
        var messages = new JsonArray();
        if (fields.Text("instructions") is { } instructions) messages.Add(new JsonObject { ["role"] = "developer", ["content"] = instructions });
        var input = fields.Element("input") ?? throw GatewayException.Invalid("input", "'input' must be a text or a list of items.", "missing_field");
        if (input.ValueKind == JsonValueKind.String)
        {
            messages.Add(new JsonObject { ["role"] = "user", ["content"] = input.GetString() });
            return messages;
        }

        if (input.ValueKind != JsonValueKind.Array) throw fields.Wrong("input", "a text or a list of items");
        var i = 0;
        foreach (var item in input.EnumerateArray()) Add(messages, item, $"input[{i++}]");
        return messages;
    }

    private static void Add(JsonArray messages, JsonElement item, string path)
    {
        if (item.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
        var fields = new RequestFields(item, path + ".");
        switch (fields.Text("type") ?? "message")
        {
            case "message":
                messages.Add(new JsonObject { ["role"] = fields.Text("role"), ["content"] = fields.Element("content") is { } content ? JsonSerializer.SerializeToNode(content) : null });
                break;
            case "function_call":
                var call = new JsonObject
                {
                    ["id"] = fields.Text("call_id") ?? throw fields.Wrong("call_id", "a string"),
                    ["type"] = "function",
                    ["function"] = new JsonObject { ["name"] = fields.Text("name"), ["arguments"] = fields.Text("arguments") },
                };
                // Calls in a row are one turn's.
                if (messages.Count > 0 && messages[^1]!["tool_calls"] is JsonArray calls) calls.Add(call);
                else messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = new JsonArray(call) });
                break;
            case "function_call_output":
                var output = fields.Element("output") is { } given ? JsonSerializer.SerializeToNode(given) : "";
                messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = fields.Text("call_id") ?? throw fields.Wrong("call_id", "a string"), ["content"] = output });
                break;
            case "reasoning":
                // A model's thoughts of an earlier turn: nobody but the model that had them can read them.
                break;
            default:
                throw GatewayException.Invalid($"{path}.type", $"'{path}.type' must be message, function_call, function_call_output or reasoning.", "unsupported_parameter");
        }
    }

    private static JsonObject Tool(JsonElement tool, string path)
    {
        if (tool.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
        var fields = new RequestFields(tool, path + ".");
        if (fields.Text("type") != "function") throw GatewayException.Invalid($"{path}.type", $"'{path}.type' must be function.", "unsupported_parameter");
        var function = new JsonObject();
        foreach (var name in (string[])["name", "description", "parameters", "strict"])
        {
            if (fields.Element(name) is { } value) function[name] = JsonSerializer.SerializeToNode(value);
        }

        return new JsonObject { ["type"] = "function", ["function"] = function };
    }

    private static JsonNode? Choice(JsonElement choice)
    {
        if (choice.ValueKind == JsonValueKind.Object && choice.TryGetProperty("name", out var name))
            return new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = JsonSerializer.SerializeToNode(name) } };
        return JsonSerializer.SerializeToNode(choice);
    }

    private static JsonObject Format(JsonElement format)
    {
        var mapped = new JsonObject();
        var schema = new JsonObject();
        foreach (var member in format.EnumerateObject()) (member.Name == "type" ? mapped : schema)[member.Name] = JsonSerializer.SerializeToNode(member.Value);
        if (schema.Count > 0) mapped["json_schema"] = schema;
        return mapped;
    }
}

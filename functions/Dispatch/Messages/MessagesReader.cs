using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Dispatch;

/// <summary>From a request of Anthropic's Messages API to a chat: its blocks become parts, calls and results, its parameters those of a chat.</summary>
internal static class MessagesReader
{
    private static readonly string[] SameNames = ["model", "max_tokens", "temperature", "top_p", "top_k", "stream"];
    private static readonly string[] Refused = ["mcp_servers", "container"];

    /// <param name="answers">Whether it is to be answered: otherwise it is counted, and needs no <c>max_tokens</c>.</param>
    /// <returns>The chat, and what its fields are called in the request.</returns>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static (AnswerRequest Ask, MessagesNames Names) Read(JsonElement body, string route, Caller caller, bool answers = true)
    {
        var fields = new RequestFields(body);
        foreach (var name in Refused)
        {
            if (fields.Element(name) is { } given && !(given.ValueKind == JsonValueKind.Array && given.GetArrayLength() == 0))
                throw GatewayException.Invalid(name, $"'{name}' is not supported: nothing runs behind a model here.", "unsupported_parameter");
        }

        if (answers && !fields.Has("max_tokens")) throw GatewayException.Invalid("max_tokens", "'max_tokens' is required.", "missing_field");
        var items = new List<string>();
        var names = new MessagesNames(items);
        var chat = new JsonObject { ["messages"] = Messages(fields, items) };
        foreach (var name in SameNames)
        {
            if (fields.Element(name) is { } value) chat[name] = JsonSerializer.SerializeToNode(value);
        }

        if (fields.Array("stop_sequences") is { } stop) chat["stop"] = JsonSerializer.SerializeToNode(stop);
        if (fields.Object("metadata") is { } metadata && new RequestFields(metadata, "metadata.").Text("user_id") is { } user) chat["user"] = user;
        if (fields.Array("tools") is { } tools) chat["tools"] = new JsonArray([.. tools.EnumerateArray().Select((tool, i) => Tool(tool, $"tools[{i}]"))]);
        Choice(fields, chat);
        Thinking(fields, chat);
        Output(fields, chat);
        // A stream tells what it took in any case.
        if (fields.Flag("stream") == true) chat["stream_options"] = new JsonObject { ["include_usage"] = true };
        try
        {
            var ask = OpenAiRequests.Chat(JsonSerializer.SerializeToElement(chat), route, caller);
            return (ask with { Settings = ask.Settings with { IsEffortAlone = true } }, names);
        }
        catch (GatewayException refused)
        {
            throw names.Renamed(refused);
        }
    }

    /// <summary>Whether the caller reads blocks of thoughts: who does not may take the first block for the answer.</summary>
    public static bool AsksForThoughts(JsonElement body) =>
        new RequestFields(body).Object("thinking") is { } thinking && new RequestFields(thinking, "thinking.").Text("type") is "enabled" or "adaptive";

    private static JsonArray Messages(RequestFields fields, List<string> items)
    {
        var messages = new JsonArray();
        if (fields.Element("system") is { } system && !SaysNothing(system))
        {
            messages.Add(new JsonObject { ["role"] = "system", ["content"] = Content(system, "system") });
            items.Add("system");
        }

        var given = fields.Array("messages") ?? throw GatewayException.Invalid("messages", "'messages' must be a list of messages.", "missing_field");
        var i = 0;
        foreach (var message in given.EnumerateArray())
        {
            var path = $"messages[{i++}]";
            if (message.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
            Add(messages, new RequestFields(message, path + "."), path);
            while (items.Count < messages.Count) items.Add(path);
        }

        return messages;
    }

    // Clients without a system prompt send an empty one, which is none: a model's format would say that there is one.
    private static bool SaysNothing(JsonElement system) => system.ValueKind switch
    {
        JsonValueKind.String => system.ValueEquals(""u8),
        JsonValueKind.Array => system.EnumerateArray().All(block => block.ValueKind == JsonValueKind.Object && block.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String && text.ValueEquals(""u8)),
        _ => false,
    };

    private static void Add(JsonArray messages, RequestFields message, string path)
    {
        var role = message.Text("role");
        if (role is not ("user" or "assistant" or "system")) throw GatewayException.Invalid($"{path}.role", $"'{path}.role' must be user or assistant.");
        var content = message.Element("content") ?? throw GatewayException.Invalid($"{path}.content", $"'{path}.content' must be a text or a list of blocks.", "missing_field");
        if (content.ValueKind != JsonValueKind.Array)
        {
            messages.Add(new JsonObject { ["role"] = role, ["content"] = Content(content, $"{path}.content") });
            return;
        }

        // Of an assistant a turn of nothing is none.
        if (role == "user" && content.GetArrayLength() == 0) throw GatewayException.Invalid($"{path}.content", $"'{path}.content' must not be empty.", "missing_field");
        var parts = new JsonArray();
        var calls = new JsonArray();
        var thoughts = new KeptThoughts();
        var signed = new JsonArray();
        var i = 0;
        foreach (var block in content.EnumerateArray())
        {
            var at = $"{path}.content[{i++}]";
            if (block.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(at, $"'{at}' must be an object.", "invalid_type");
            var fields = new RequestFields(block, at + ".");
            switch (fields.Text("type"))
            {
                case "tool_use":
                    var input = fields.Object("input") is { } given ? given.GetRawText() : "{}";
                    calls.Add(new JsonObject { ["id"] = fields.Text("id"), ["type"] = "function", ["function"] = new JsonObject { ["name"] = fields.Text("name"), ["arguments"] = input } });
                    break;
                case "tool_result":
                    var result = fields.Element("content") is { } told ? Content(told, $"{at}.content") : "";
                    var answered = new JsonObject { ["role"] = "tool", ["tool_call_id"] = fields.Text("tool_use_id"), ["content"] = result };
                    if (fields.Flag("is_error") == true) answered["is_error"] = true;
                    messages.Add(answered);
                    break;
                case "thinking":
                    // Services want them back with the calls that they led to.
                    var signature = fields.Text("signature");
                    if (!thoughts.TryAdd(signature, fields.Text("thinking") ?? "")) throw GatewayException.Invalid($"{at}.signature", $"'{at}.signature' must be whole, as it came with the block.");
                    if (signature is { Length: > 0 } && !KeptThoughts.IsPacked(signature)) signed.Add(JsonSerializer.SerializeToNode(block));
                    break;
                case "redacted_thinking":
                    signed.Add(JsonSerializer.SerializeToNode(block));
                    break;
                default:
                    if (MessagesBlocks.Part(fields, at) is { } part) parts.Add(part);
                    break;
            }
        }

        if (parts.Count == 0 && calls.Count == 0) return;
        var turn = new JsonObject { ["role"] = role, ["content"] = parts.Count > 0 ? parts : null };
        if (calls.Count > 0) turn["tool_calls"] = calls;
        thoughts.GiveTo(turn);
        thoughts.GiveToCalls(turn);
        if (signed.Count > 0) turn["thinking_blocks"] = signed;
        messages.Add(turn);
    }

    /// <summary>A text, or blocks as parts.</summary>
    private static JsonNode Content(JsonElement content, string path)
    {
        if (content.ValueKind == JsonValueKind.String) return content.GetString()!;
        if (content.ValueKind != JsonValueKind.Array) throw GatewayException.Invalid(path, $"'{path}' must be a text or a list of blocks.", "invalid_type");
        var parts = new JsonArray();
        var i = 0;
        foreach (var block in content.EnumerateArray())
        {
            var at = $"{path}[{i++}]";
            if (block.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(at, $"'{at}' must be an object.", "invalid_type");
            if (MessagesBlocks.Part(new RequestFields(block, at + "."), at) is { } part) parts.Add(part);
        }

        return parts;
    }

    private static JsonNode Tool(JsonElement tool, string path)
    {
        if (tool.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
        var fields = new RequestFields(tool, path + ".");
        var type = fields.Text("type");
        if (AnthropicTools.IsType(type)) return JsonSerializer.SerializeToNode(tool)!;
        if (type is not (null or "custom")) throw GatewayException.Invalid($"{path}.type", $"'{path}.type' must be custom, or one of Anthropic's tools that run at the client: those that run there are not passed on.", "unsupported_parameter");
        var function = new JsonObject { ["name"] = fields.Text("name") };
        if (fields.Text("description") is { } description) function["description"] = description;
        if (fields.Object("input_schema") is { } schema) function["parameters"] = JsonSerializer.SerializeToNode(schema);
        var mapped = new JsonObject { ["type"] = "function", ["function"] = function };
        if (fields.Flag("strict") == true) mapped["strict"] = true;
        if (fields.Object("cache_control") is { } mark) mapped["cache_control"] = JsonSerializer.SerializeToNode(mark);
        return mapped;
    }

    private static void Choice(RequestFields fields, JsonObject chat)
    {
        if (fields.Object("tool_choice") is not { } given) return;
        var choice = new RequestFields(given, "tool_choice.");
        chat["tool_choice"] = choice.Text("type") switch
        {
            "auto" => "auto",
            "none" => "none",
            "any" => "required",
            "tool" => new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = choice.Text("name") ?? throw choice.Wrong("name", "a tool's name") } },
            _ => throw GatewayException.Invalid("tool_choice.type", "'tool_choice.type' must be auto, any, tool or none."),
        };
        if (choice.Flag("disable_parallel_tool_use") is { } isDisabled) chat["parallel_tool_calls"] = !isDisabled;
    }

    /// <summary>Passed on as it is; for whom it is nothing, or an effort, is seen to where the provider is known.</summary>
    private static void Thinking(RequestFields fields, JsonObject chat)
    {
        if (fields.Object("thinking") is not { } given) return;
        var thinking = new RequestFields(given, "thinking.");
        switch (thinking.Text("type"))
        {
            case "disabled" or "adaptive":
                break;
            case "enabled":
                if (thinking.Integer("budget_tokens") is null) throw GatewayException.Invalid("thinking.budget_tokens", "'thinking.budget_tokens' is required.", "missing_field");
                break;
            default:
                throw GatewayException.Invalid("thinking.type", "'thinking.type' must be enabled, adaptive or disabled.");
        }

        chat["thinking"] = JsonSerializer.SerializeToNode(given);
    }

    private static void Output(RequestFields fields, JsonObject chat)
    {
        RequestFields? output = fields.Object("output_config") is { } given ? new RequestFields(given, "output_config.") : null;
        if (output?.Text("effort") is { } effort) chat["reasoning_effort"] = effort;
        // Its name before there was output_config, which SDKs of 2025 send.
        var format = output?.Object("format");
        var name = format is null ? "output_format" : "output_config.format";
        if ((format ?? fields.Object("output_format")) is not { } wanted) return;
        var schema = new RequestFields(wanted, name + ".");
        if (schema.Text("type") != "json_schema") throw GatewayException.Invalid($"{name}.type", $"'{name}.type' must be json_schema.");
        chat["response_format"] = new JsonObject
        {
            ["type"] = "json_schema",
            ["json_schema"] = new JsonObject { ["name"] = "answer", ["strict"] = true, ["schema"] = schema.Object("schema") is { } value ? JsonSerializer.SerializeToNode(value) : null },
        };
    }
}

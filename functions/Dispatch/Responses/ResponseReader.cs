using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Clients;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>From a request of OpenAI's responses to a chat: its items become messages, its parameters those of a chat.</summary>
internal static class ResponseReader
{
    private static readonly string[] Stored = ["previous_response_id", "conversation", "prompt"];
    /// <summary>What asks for log probabilities in <c>include</c>.</summary>
    private const string Logprobs = "message.output_text.logprobs";

    private static readonly string[] SameNames = ["model", "temperature", "top_p", "top_logprobs", "parallel_tool_calls", "stream", "stream_options", "user", "service_tier", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "top_k", "seed"];

    /// <returns>The chat, and what its fields are called in the request.</returns>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static (AnswerRequest Ask, ResponseNames Names) Read(JsonElement body, string route, Caller caller)
    {
        var fields = new RequestFields(body);
        foreach (var name in Stored)
        {
            if (fields.Has(name)) throw GatewayException.Invalid(name, $"'{name}' is not supported: nothing is stored here.", "unsupported_parameter");
        }

        if (fields.Flag("background") == true) throw GatewayException.Invalid("background", "'background' is not supported: nothing is stored here.", "unsupported_parameter");
        var items = new List<string>();
        var tools = new List<string>();
        var names = new ResponseNames(items, tools);
        var namespaces = ResponseNamespaces.Of(body);
        var chat = new JsonObject { ["messages"] = Messages(fields, items, namespaces) };
        foreach (var name in SameNames)
        {
            if (fields.Element(name) is { } value) chat[name] = JsonSerializer.SerializeToNode(value);
        }

        if (fields.Element("max_output_tokens") is { } most) chat["max_completion_tokens"] = JsonSerializer.SerializeToNode(most);
        if (fields.Object("reasoning") is { } reasoning && new RequestFields(reasoning, "reasoning.").Text("effort") is { } effort) chat["reasoning_effort"] = effort;
        if (fields.Array("tools") is { } given) chat["tools"] = ResponseTools.Of(given, namespaces, tools);
        if (fields.Element("tool_choice") is { } choice) chat["tool_choice"] = ResponseTools.Choice(choice, namespaces);
        if (fields.Has("top_logprobs") || fields.Texts("include")?.Contains(Logprobs) == true) chat["logprobs"] = true;
        if (fields.Object("text") is { } text)
        {
            var wanted = new RequestFields(text, "text.");
            if (wanted.Object("format") is { } format) chat["response_format"] = Format(format);
            if (wanted.Text("verbosity") is { } verbosity) chat["verbosity"] = verbosity;
        }

        try
        {
            return (OpenAiRequests.Chat(JsonSerializer.SerializeToElement(chat), route, caller), names);
        }
        catch (GatewayException refused)
        {
            throw names.Renamed(refused);
        }
    }

    private static JsonArray Messages(RequestFields fields, List<string> items, ResponseNamespaces namespaces)
    {
        var messages = new JsonArray();
        if (fields.Text("instructions") is { Length: > 0 } instructions)
        {
            messages.Add(new JsonObject { ["role"] = "developer", ["content"] = instructions });
            items.Add("instructions");
        }

        var input = fields.Element("input") ?? throw GatewayException.Invalid("input", "'input' must be a text or a list of items.", "missing_field");
        if (input.ValueKind == JsonValueKind.String)
        {
            messages.Add(new JsonObject { ["role"] = "user", ["content"] = input.GetString() });
            items.Add("input");
            return messages;
        }

        if (input.ValueKind != JsonValueKind.Array) throw fields.Wrong("input", "a text or a list of items");
        var i = 0;
        // Services want a turn's thoughts back with it: those before it, and what has come behind its text.
        var thoughts = new KeptThoughts();
        foreach (var item in input.EnumerateArray())
        {
            var path = $"input[{i++}]";
            if (VendorJson.Text(item, "type") == "reasoning")
            {
                AddThoughts(thoughts, item, path);
                continue;
            }

            var isOfAssistant = IsOfAssistant(item);
            if (!isOfAssistant) Give(thoughts, messages);
            if (Add(messages, item, path, namespaces) is { } at) items.Insert(at, path);
            if (isOfAssistant) Give(thoughts, messages);
        }

        Give(thoughts, messages);
        foreach (var message in messages) thoughts.GiveToCalls((JsonObject)message!);
        return messages;
    }

    private static bool IsOfAssistant(JsonElement item) => VendorJson.Text(item, "type") is "function_call" or "custom_tool_call" || VendorJson.Text(item, "role") == "assistant";

    /// <summary>Thoughts go with the assistant's turn that stands last; where there is none, with nothing.</summary>
    private static void Give(KeptThoughts thoughts, JsonArray messages)
    {
        if (messages.Count > 0 && messages[^1] is JsonObject last && (string?)last["role"] == "assistant") thoughts.GiveTo(last);
        else thoughts.Forget();
    }

    /// <returns>Where the item's message stands; null where it has none of its own.</returns>
    private static int? Add(JsonArray messages, JsonElement item, string path, ResponseNamespaces namespaces)
    {
        if (item.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
        var fields = new RequestFields(item, path + ".");
        var before = messages.Count;
        switch (fields.Text("type") ?? "message")
        {
            case "message":
                messages.Add(new JsonObject { ["role"] = fields.Text("role"), ["content"] = fields.Element("content") is { } content ? JsonSerializer.SerializeToNode(content) : null });
                return messages.Count - 1;
            case "function_call" or "custom_tool_call":
                var isCustom = fields.Text("type") != "function_call";
                var kind = isCustom ? CustomTools.Type : "function";
                var argument = isCustom ? "input" : "arguments";
                var call = new JsonObject
                {
                    ["id"] = fields.Text("call_id") ?? throw fields.Wrong("call_id", "a string"),
                    ["type"] = kind,
                    [kind] = new JsonObject { ["name"] = namespaces.Told(fields.Text("namespace"), fields.Text("name")), [argument] = fields.Text(argument) },
                };
                // Calls in a row are one turn's, and so is what the assistant said before it called.
                if (messages.Count > 0 && messages[^1]!["tool_calls"] is JsonArray calls) calls.Add(call);
                else if (messages.Count > 0 && (string?)messages[^1]!["role"] == "assistant") messages[^1]!["tool_calls"] = new JsonArray(call);
                else messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = new JsonArray(call) });
                return messages.Count > before ? before : null;
            case "function_call_output" or "custom_tool_call_output":
                var output = fields.Element("output") is { } given ? JsonSerializer.SerializeToNode(given) : "";
                var id = fields.Text("call_id") ?? throw fields.Wrong("call_id", "a string");
                var at = BehindCall(messages, id);
                messages.Insert(at, new JsonObject { ["role"] = "tool", ["tool_call_id"] = id, ["content"] = output });
                return at;
            default:
                throw GatewayException.Invalid($"{path}.type", $"'{path}.type' must be message, function_call, function_call_output, custom_tool_call, custom_tool_call_output or reasoning.", "unsupported_parameter");
        }
    }

    /// <summary>
    /// Where the result of a call stands: behind the turn that called and the results that are there. In responses something else may come between the two (what the model says after it
    /// has called, a user who steers it); in a chat nothing may.
    /// </summary>
    private static int BehindCall(JsonArray messages, string id)
    {
        for (var turn = messages.Count - 1; turn >= 0; turn--)
        {
            if (messages[turn]!["tool_calls"] is not JsonArray calls || !calls.Any(call => (string?)call!["id"] == id)) continue;
            var at = turn + 1;
            while (at < messages.Count && (string?)messages[at]!["role"] == "tool") at++;
            return at;
        }

        return messages.Count;
    }

    private static void AddThoughts(KeptThoughts thoughts, JsonElement item, string path)
    {
        var shown = string.Join("\n\n", VendorJson.Items(item, "summary").Concat(VendorJson.Items(item, "content")).Select(part => VendorJson.Text(part, "text")).Where(text => !string.IsNullOrEmpty(text)));
        if (thoughts.TryAdd(VendorJson.Text(item, "encrypted_content"), shown)) return;
        throw GatewayException.Invalid($"{path}.encrypted_content", $"'{path}.encrypted_content' must be whole, as it came with the item.", "invalid_encrypted_content");
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

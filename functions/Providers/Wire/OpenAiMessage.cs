using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>What a message in OpenAI's format holds, or a delta of one.</summary>
internal struct OpenAiMessage
{
    private const string Thoughts = "reasoning_content";

    public string? Text { get; set; }

    public string? Refusal { get; set; }

    /// <summary>What it holds beside what every message does.</summary>
    public JsonElement? Extra { get; set; }

    /// <param name="json">Stands on the name of the property that holds it.</param>
    /// <param name="place">Is told where the text stands, and whether there is something beside it.</param>
    /// <param name="calls">What it says of calls is added.</param>
    /// <exception cref="JsonException">It is neither null nor an object.</exception>
    public static OpenAiMessage Read(ref Utf8JsonReader json, ref TextPlace place, List<OpenAiCallPiece> calls)
    {
        var message = default(OpenAiMessage);
        JsonObject? extra = null;
        string? thoughts = null;
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return message;
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                if (json.TokenType == JsonTokenType.StartArray) (message.Text, thoughts) = Parts(JsonElement.ParseValue(ref json));
                else if (json.TokenType != JsonTokenType.Null) message.Text = EscapedText.Read(json);
                place.Mark(json);
            }
            else if (json.ValueTextEquals("refusal"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.Null) message.Refusal = json.GetString();
                if (message.Refusal is { Length: > 0 }) place.SaysMore();
            }
            else if (json.ValueTextEquals("tool_calls"u8))
            {
                ReadCalls(ref json, calls);
            }
            else if (json.ValueTextEquals("role"u8))
            {
                json.Skip();
            }
            else if (ReadExtra(ref json, ref extra))
            {
                place.SaysMore();
            }
        }

        // Some tell them twice.
        if (thoughts is { Length: > 0 } && extra?.ContainsKey(Thoughts) != true && extra?.ContainsKey("reasoning") != true) (extra ??= [])[Thoughts] = thoughts;
        if (extra is not null) message.Extra = JsonSerializer.SerializeToElement(extra, WireJson.Options);
        return message;
    }

    /// <returns>False for what says that there is nothing.</returns>
    private static bool ReadExtra(ref Utf8JsonReader json, ref JsonObject? extra)
    {
        var name = json.GetString()!;
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return false;
        var value = JsonElement.ParseValue(ref json);
        var isNothing = value.ValueKind switch
        {
            JsonValueKind.String => value.ValueEquals(""u8),
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            _ => false,
        };
        if (isNothing) return false;
        (extra ??= [])[name] = JsonSerializer.SerializeToNode(value);
        return true;
    }

    /// <summary>
    /// A content that comes in parts, as Mistral's and Databricks' thinking models send it, <c>{type: thinking, thinking: [{type: text, text}]}</c> and
    /// <c>{type: reasoning, summary: [{type: summary_text, text}]}</c> beside <c>{type: text, text}</c>: its text, and what was thought.
    /// </summary>
    private static (string Text, string Thoughts) Parts(JsonElement parts)
    {
        var (text, thoughts) = (new StringBuilder(), new StringBuilder());
        foreach (var part in parts.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.String) text.Append(part.GetString());
            else if (VendorJson.Text(part, "type") is "text" or "output_text") text.Append(VendorJson.Text(part, "text"));
            else if (VendorJson.Text(part, "type") is "thinking" or "reasoning") Think(part, thoughts);
        }

        return (text.ToString(), thoughts.ToString());
    }

    private static void Think(JsonElement part, StringBuilder thoughts)
    {
        foreach (var name in (string[])["thinking", "reasoning", "summary", "content", "text"])
        {
            thoughts.Append(VendorJson.Text(part, name));
            foreach (var piece in VendorJson.Items(part, name)) thoughts.Append(VendorJson.Text(piece, "text"));
        }
    }

    private static void ReadCalls(ref Utf8JsonReader json, List<OpenAiCallPiece> calls)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return;
        var array = JsonElement.ParseValue(ref json);
        foreach (var call in array.EnumerateArray())
        {
            var custom = VendorJson.Object(call, CustomTools.Type);
            var function = custom ?? VendorJson.Object(call, "function");
            // Arguments are a text with JSON; as an object they say the same.
            var arguments = VendorJson.Object(function, "arguments")?.GetRawText() ?? VendorJson.Text(function, custom is null ? "arguments" : "input") ?? "";
            var piece = new OpenAiCallPiece(VendorJson.Count(call, "index"), VendorJson.Text(call, "id"), VendorJson.Text(function, "name"), arguments, VendorJson.Object(call, "extra_content"));
            calls.Add(piece with { IsCustom = custom is not null });
        }
    }
}

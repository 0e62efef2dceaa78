using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// What a service wants back with a turn of its own: Anthropic's signed blocks of thoughts, Gemini's signatures of texts and calls, the thoughts of DeepSeek's and OpenRouter's models.
/// Nothing is stored here, so the client carries it, as the <c>encrypted_content</c> of its reasoning items (<c>include: ["reasoning.encrypted_content"]</c>): a mark, and base64url of
/// <c>{"message": {members of a chat's message}, "calls": {id: extra_content}}</c>. It says nothing that a chat's answer would not, so it is packed and not encrypted.
/// </summary>
internal sealed class KeptThoughts
{
    /// <summary>What asks for it in <c>include</c>.</summary>
    public const string Include = "reasoning.encrypted_content";

    // Tells it from what other gateways and services give their clients.
    private const string Mark = "kept1.";

    // Blocks that hold the thoughts themselves, without which they are plain text.
    private static readonly string[] Blocks = ["thinking_blocks", "reasoning_details"];

    private static readonly string[] Members = [.. Blocks, "reasoning_content", "reasoning", "extra_content"];

    private readonly JsonObject _message = [];
    private readonly JsonObject _calls = [];

    public bool IsEmpty => _message.Count == 0 && _calls.Count == 0;

    /// <summary>Whether a message's <see cref="AnswerText.Extra"/> has something that is kept.</summary>
    public static bool Has(JsonElement extra) => Members.Any(name => extra.TryGetProperty(name, out _));

    /// <param name="extra">An object; of its members those count that are kept.</param>
    public void Add(JsonElement extra)
    {
        var kept = new JsonObject(extra.EnumerateObject().Where(member => Members.Contains(member.Name)).Select(member => KeyValuePair.Create(member.Name, JsonSerializer.SerializeToNode(member.Value))));
        MessageExtra.Add(_message, JsonSerializer.SerializeToElement(kept));
    }

    /// <param name="extra">The call's <c>extra_content</c>.</param>
    public void Add(string call, JsonElement extra) => _calls[call] = JsonSerializer.SerializeToNode(extra);

    /// <summary>The text that a client carries; null for nothing.</summary>
    public string? Pack()
    {
        if (IsEmpty) return null;
        var message = (JsonObject)_message.DeepClone();
        if (Blocks.Any(message.ContainsKey)) _ = message.Remove("reasoning_content") | message.Remove("reasoning");
        return Mark + Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["message"] = message, ["calls"] = _calls.DeepClone() }, WireJson.Options));
    }

    /// <summary>Adds a reasoning item that a client brings back: what is packed in it, and the thoughts as they were shown where they are not in that.</summary>
    /// <returns>Whether what is packed is whole.</returns>
    public bool TryAdd(string? packed, string shown)
    {
        var before = (string?)_message["reasoning_content"];
        if (packed is not null && !TryUnpack(packed)) return false;
        if (shown.Length > 0 && (string?)_message["reasoning_content"] == before) _message["reasoning_content"] = before + shown;
        return true;
    }

    /// <summary>Gives an assistant's message what it is to have with it, and keeps what is of calls.</summary>
    /// <param name="message">A chat's message.</param>
    public void GiveTo(JsonObject message)
    {
        MessageExtra.Add(message, JsonSerializer.SerializeToElement(_message));
        _message.Clear();
    }

    /// <summary>Gives calls their own.</summary>
    /// <param name="messages">A chat's messages.</param>
    public void GiveToCalls(JsonArray messages)
    {
        if (_calls.Count == 0) return;
        foreach (var call in messages.Select(message => message!["tool_calls"]).OfType<JsonArray>().SelectMany(calls => calls))
        {
            if ((string?)call!["id"] is { } id && _calls[id] is { } extra) call["extra_content"] = extra.DeepClone();
        }
    }

    /// <summary>Drops what is of a message.</summary>
    public void Forget() => _message.Clear();

    // Nothing of a text that is not of here: another service's own.
    private bool TryUnpack(string packed)
    {
        if (!packed.StartsWith(Mark, StringComparison.Ordinal)) return true;
        try
        {
            using var whole = JsonDocument.Parse(Base64Url.DecodeFromChars(packed.AsSpan(Mark.Length)));
            Add(whole.RootElement.GetProperty("message"));
            foreach (var call in whole.RootElement.GetProperty("calls").EnumerateObject()) Add(call.Name, call.Value);
            return true;
        }
        catch (Exception failure) when (failure is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }
}

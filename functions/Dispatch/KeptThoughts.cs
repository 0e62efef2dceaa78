using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// What a service wants back with a turn of its own: Anthropic's signed blocks of thoughts, Gemini's signatures of texts and calls, the thoughts of DeepSeek's and OpenRouter's models.
/// Nothing is stored here, so the client carries it: in OpenAI's responses as the <c>encrypted_content</c> of reasoning items (<c>include: ["reasoning.encrypted_content"]</c>), in
/// Anthropic's messages as the <c>signature</c> of thinking blocks. It is a mark, and base64url of <c>{"message": {members of a chat's message}, "calls": {id: extra_content}}</c>; it says
/// nothing that a chat's answer would not, so it is packed and not encrypted.
/// </summary>
/// <param name="hasTexts">Whether thoughts are packed too: where they are not shown.</param>
internal sealed class KeptThoughts(bool hasTexts = true)
{
    /// <summary>What asks for it in <c>include</c>.</summary>
    public const string Include = "reasoning.encrypted_content";

    // Tells it from what other gateways and services give their clients.
    private const string Mark = "kept1.";

    private const string Shown = "reasoning_content";

    private const string Details = "reasoning_details";

    // Blocks that hold the thoughts themselves, without which they are plain text.
    private static readonly string[] Blocks = ["thinking_blocks", Details];

    private static readonly string[] Members = [.. Blocks, Shown, "reasoning", "extra_content"];

    private static readonly string[] Untold = [Details, "extra_content"];

    private readonly string[] _members = hasTexts ? Members : Untold;
    private readonly JsonObject _message = [];
    private readonly JsonObject _calls = [];

    public bool IsEmpty => _message.Count == 0 && _calls.Count == 0;

    /// <summary>Whether a text that a client brings back was packed here.</summary>
    public static bool IsPacked(string? text) => text?.StartsWith(Mark, StringComparison.Ordinal) == true;

    /// <summary>Whether a message's <see cref="AnswerText.Extra"/> has something that is kept.</summary>
    public static bool Has(JsonElement extra) => Members.Any(name => extra.TryGetProperty(name, out _));

    /// <param name="extra">An object; of its members those count that are kept.</param>
    public void Add(JsonElement extra) => MessageExtra.Add(_message, extra, _members);

    /// <param name="extra">The call's <c>extra_content</c>.</param>
    public void Add(string call, JsonElement extra) => _calls[call] = JsonSerializer.SerializeToNode(extra);

    /// <summary>Adds what a whole answer has, its calls too.</summary>
    /// <param name="extra">What its message holds beside text and calls.</param>
    public void Add(JsonElement extra, CollectedAnswer.Choice choice)
    {
        Add(extra);
        foreach (var call in choice.ToolCalls ?? [])
        {
            if (call.ExtraContent is { } signed) Add(call.Id, signed);
        }
    }

    /// <summary>The text that a client carries; null for nothing.</summary>
    public string? Pack()
    {
        if (IsEmpty) return null;
        var message = (JsonObject)_message.DeepClone();
        if (Blocks.Any(message.ContainsKey)) _ = message.Remove(Shown) | message.Remove("reasoning");
        return Mark + Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["message"] = message, ["calls"] = _calls.DeepClone() }, WireJson.Options));
    }

    /// <summary>Adds what a client brings back: what was packed, and the thoughts as they were shown where they are not in that.</summary>
    /// <returns>Whether what is packed is whole.</returns>
    public bool TryAdd(string? packed, string shown)
    {
        var before = (string?)_message[Shown];
        if (packed is not null && !TryUnpack(packed)) return false;
        if (shown.Length > 0 && (string?)_message[Shown] == before) _message[Shown] = before + shown;
        return true;
    }

    /// <summary>Gives an assistant's message what it is to have with it, and keeps what is of calls.</summary>
    /// <param name="message">A chat's message.</param>
    public void GiveTo(JsonObject message)
    {
        if (_message.ContainsKey(Details)) _message.Remove(Shown);
        MessageExtra.Add(message, JsonSerializer.SerializeToElement(_message));
        _message.Clear();
    }

    /// <summary>Gives an assistant's calls their own.</summary>
    /// <param name="message">A chat's message.</param>
    public void GiveToCalls(JsonObject message)
    {
        if (_calls.Count == 0 || message["tool_calls"] is not JsonArray calls) return;
        foreach (var call in calls)
        {
            if ((string?)call!["id"] is { } id && _calls[id] is { } extra) call["extra_content"] = extra.DeepClone();
        }
    }

    /// <summary>Drops what is of a message.</summary>
    public void Forget() => _message.Clear();

    // Nothing of a text that is not of here: another service's own.
    private bool TryUnpack(string packed)
    {
        if (!IsPacked(packed)) return true;
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

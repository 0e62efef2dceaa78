using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>A completion's <c>prompt</c>: a text, texts, token ids, or lists of token ids.</summary>
internal static class PromptReader
{
    public const int MaxPrompts = 128;

    /// <returns>The first text (empty for token ids), and the list where it is not one text.</returns>
    /// <exception cref="GatewayException">400 naming the prompt.</exception>
    public static (string? Prompt, PromptList? List) Read(JsonElement body)
    {
        if (new RequestFields(body).Element("prompt") is not { } prompt) return (null, null);
        if (prompt.ValueKind == JsonValueKind.String) return (prompt.GetString(), null);
        if (prompt.ValueKind != JsonValueKind.Array || prompt.GetArrayLength() == 0) throw Wrong("prompt");
        switch (prompt[0].ValueKind)
        {
            case JsonValueKind.Number:
                return ("", new PromptList(null, [TokenIds.Read(prompt) ?? throw Wrong("prompt")]));
            case JsonValueKind.Array:
                CheckCount(prompt);
                return ("", new PromptList(null, [.. prompt.EnumerateArray().Select((p, i) => TokenIds.Read(p) ?? throw Wrong($"prompt[{i}]"))]));
            case JsonValueKind.String:
                CheckCount(prompt);
                var texts = prompt.EnumerateArray().Select((p, i) => p.ValueKind == JsonValueKind.String ? p.GetString()! : throw Wrong($"prompt[{i}]")).ToList();
                var empty = texts.IndexOf("");
                if (empty >= 0) throw GatewayException.Invalid($"prompt[{empty}]", $"'prompt[{empty}]' must not be empty.", "missing_field");
                return (texts[0], texts.Count == 1 ? null : new PromptList(texts, null));
            default:
                throw Wrong("prompt");
        }
    }

    private static void CheckCount(JsonElement prompt)
    {
        if (prompt.GetArrayLength() > MaxPrompts) throw GatewayException.Invalid("prompt", $"'prompt' may have at most {MaxPrompts} prompts.");
    }

    private static GatewayException Wrong(string path) => GatewayException.Invalid(path, $"'{path}' must be a text, a list of texts, token ids or lists of token ids.", "invalid_type");
}

using System.Text;
using System.Text.Json;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Limits;

/// <summary>
/// Tokens that a text cannot have more of, without a tokenizer: byte-pair and unigram tokenizers with byte fallback never make more tokens than there
/// are UTF-8 bytes. What a chat template adds is allowed for by message.
/// </summary>
public static class PromptBound
{
    /// <summary>Begin of sequence, a prefix blank, the template's frame.</summary>
    public const int Frame = 32;

    /// <summary>Role and separators of a message.</summary>
    public const int PerMessage = 16;

    /// <summary>An image has no bound in its bytes; vendors' largest count for one of the size they scale to is less than this.</summary>
    public const int PerImage = 2048;

    /// <summary>Characters of base64 that a second of sound has at the least, at 8 kbit/s; no service makes 40 tokens of one.</summary>
    private const int AudioCharsPerSecond = 1365;

    private const int TokensPerSecond = 40;

    public static long Of(Generation generation)
    {
        ArgumentNullException.ThrowIfNull(generation);
        var settings = generation.Settings;
        var described = JsonBytes(settings.Tools) + JsonBytes(settings.ResponseFormat);
        if (generation.Prompts is { } prompts)
            return described + (prompts.Texts?.Sum(text => Frame + (long)Encoding.UTF8.GetByteCount(text)) ?? prompts.Tokens!.Sum(ids => Frame + (long)ids.Count));
        if (generation.Prompt is { } prompt) return described + Frame + Encoding.UTF8.GetByteCount(prompt);
        var bytes = described + Frame;
        for (var i = 0; i < generation.Messages!.Count; i++) bytes += Bytes(generation.Messages[i]);
        return bytes;
    }

    /// <param name="instruction">What is put before each text; null for nothing.</param>
    public static long Of(IReadOnlyList<string> texts, string? instruction)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var each = PerMessage + (instruction is null ? 0 : Encoding.UTF8.GetByteCount(instruction));
        return texts.Sum(t => each + (long)Encoding.UTF8.GetByteCount(t));
    }

    /// <summary>What a count of the texts alone leaves out.</summary>
    public static long Margin(int messages) => Frame + ((long)PerMessage * messages);

    private static long Bytes(ChatMessage message) =>
        PerMessage + Encoding.UTF8.GetByteCount(message.Content ?? "")
        + (message.Parts?.Sum(Media) ?? 0)
        + (message.Kept?.Sum(kept => JsonBytes(kept.Value)) ?? 0)
        + (message.ToolCalls?.Sum(call => PerMessage + (long)Encoding.UTF8.GetByteCount(call.Function.Name) + Encoding.UTF8.GetByteCount(call.Function.Arguments)) ?? 0);

    /// <summary>A file's text and pages are bounded by what it is written in, for want of a better bound.</summary>
    private static long Media(ContentPart part) => part switch
    {
        { ImageUrl: not null } => PerImage,
        { File: { } file } => PerImage + (file.Data?.Length ?? 0L),
        { Audio: { } audio } => PerImage + ((long)audio.Data.Length * TokensPerSecond / AudioCharsPerSecond),
        _ => 0,
    };

    // Names and schemas are written into the prompt in one form or another, none longer than their JSON.
    private static long JsonBytes(JsonElement? value) => value is { } json ? Encoding.UTF8.GetByteCount(json.GetRawText()) : 0;
}

using System.Text;
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

    public static long Of(Generation generation)
    {
        ArgumentNullException.ThrowIfNull(generation);
        return generation.Prompt is { } prompt
            ? Frame + Encoding.UTF8.GetByteCount(prompt)
            : Frame + generation.Messages!.Sum(m => PerMessage + (long)Encoding.UTF8.GetByteCount(m.Content ?? ""));
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
}

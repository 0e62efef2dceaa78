namespace Serverless.Functions.Mcp;

/// <summary>A part of a document's extracted text.</summary>
/// <param name="Start">Offset of its first character.</param>
/// <param name="Length">Characters of the whole document.</param>
public sealed record DocumentExcerpt(string Text, int Start, int Length)
{
    public int End => Start + Text.Length;

    /// <summary>What is shown of a text: all of it, or as much as is permitted around a passage; from its start where the passage is no shorter than that itself, which makes a part that follows another, or where there is none.</summary>
    /// <param name="end">May be behind the text's.</param>
    /// <param name="most">Characters, at least 2.</param>
    public static DocumentExcerpt Of(string text, int? start, int? end, int most)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= most) return new DocumentExcerpt(text, 0, text.Length);
        // The document may have changed since it was searched.
        var from = Math.Min(start ?? 0, text.Length);
        var around = most - ((end ?? from) - from);
        if (start is not null && around > 0) from = Math.Clamp(from - (around / 2), 0, text.Length - most);
        var to = Math.Min(from + most, text.Length);
        if (from > 0 && from < text.Length && char.IsLowSurrogate(text[from])) from++;
        if (to < text.Length && to > from && char.IsHighSurrogate(text[to - 1])) to--;
        return new DocumentExcerpt(text[from..to], from, text.Length);
    }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Start}..{End} of [{Length} chars]";
}

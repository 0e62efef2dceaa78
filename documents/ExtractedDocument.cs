using System.Globalization;
using System.Text;

namespace Serverless.Documents;

/// <summary>What a reader makes of a file: plain text with \n line ends, and sections in ascending order that do not overlap.</summary>
/// <param name="Text">The text that citations' offsets point into (UTF-16 code units).</param>
/// <param name="Blocks">Code and tables, in ascending order; null where nothing is known of them.</param>
/// <param name="Title">The document's own title; null where it has none.</param>
public sealed record ExtractedDocument(string Text, IReadOnlyList<Section> Sections, IReadOnlyList<TextBlock>? Blocks = null, string? Title = null)
{
    /// <summary>Whether a text holds anything that is seen: marks of no width, such as a byte order mark, say nothing by themselves.</summary>
    public static bool HasSigns(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.AsSpan().ContainsAnyInRange('!', '~')
            || text.EnumerateRunes().Any(rune => !Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.Control));
    }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars, {Sections.Count} sections]";
}

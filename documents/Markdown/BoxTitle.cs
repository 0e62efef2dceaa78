using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Serverless.Documents.Markdown;

/// <summary>What stands over a box of Markdown: a paragraph of its own.</summary>
internal static class BoxTitle
{
    /// <summary>Null where there is none.</summary>
    public static ParagraphBlock? Of(string title, BlockParser parser) => string.IsNullOrWhiteSpace(title) ? null : new ParagraphBlock(parser) { Lines = new StringLineGroup(title.Trim()), IsBreakable = false };

    /// <summary>The first word of what a box is called by, as it is shown: "warning inline" is "Warning".</summary>
    public static string OfKind(string kind)
    {
        var word = kind.Split([' ', '\t'], 2)[0];
        return word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..].ToLowerInvariant();
    }
}

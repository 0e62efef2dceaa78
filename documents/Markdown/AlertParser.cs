using System.Text.RegularExpressions;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Serverless.Documents.Markdown;

/// <summary>The first line of quotes that GitHub and Obsidian show as boxes: <c>&gt; [!NOTE]</c>, <c>&gt; [!tip]- Title</c>.</summary>
internal sealed partial class AlertParser : BlockParser
{
    public AlertParser() => OpeningCharacters = ['['];

    public override BlockState TryOpen(BlockProcessor processor)
    {
        ArgumentNullException.ThrowIfNull(processor);
        if (processor.IsCodeIndent || processor.CurrentContainer is not QuoteBlock { Count: 0 } || Opening().Match(processor.Line.ToString()) is not { Success: true } opening) return BlockState.None;
        var title = opening.Groups["title"].Value is { Length: > 0 } own ? own : BoxTitle.OfKind(opening.Groups["kind"].Value);
        if (BoxTitle.Of(title, this) is not { } paragraph) return BlockState.None;
        paragraph.Span = new SourceSpan(processor.Start, processor.Line.End);
        processor.NewBlocks.Push(paragraph);
        return BlockState.BreakDiscard;
    }

    [GeneratedRegex(@"^\[!(?<kind>[A-Za-z][\w-]*)\][-+]?(?:[ \t]+(?<title>.*?))?[ \t]*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Opening();
}

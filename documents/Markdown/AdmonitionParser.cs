using System.Text.RegularExpressions;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Serverless.Documents.Markdown;

/// <summary>
/// Boxes and tabs as Python-Markdown and MkDocs have them (<c>!!! note "Title"</c>, <c>??? tip</c>, <c>=== "Linux"</c>), whose text is indented by four columns: elsewhere it would be code, and the title a word of it.
/// </summary>
internal sealed partial class AdmonitionParser : BlockParser
{
    private const int Indent = 4;

    public AdmonitionParser() => OpeningCharacters = ['!', '?', '='];

    public override BlockState TryOpen(BlockProcessor processor)
    {
        ArgumentNullException.ThrowIfNull(processor);
        if (processor.IsCodeIndent || Opening().Match(processor.Line.ToString()) is not { Success: true } opening) return BlockState.None;
        var (kind, title) = (opening.Groups["kind"], opening.Groups["title"]);
        // A tab is not without its name.
        if (!kind.Success && !title.Success) return BlockState.None;
        var box = new AdmonitionBlock(this) { Column = processor.Column, Span = new SourceSpan(processor.Start, processor.Line.End) };
        if (BoxTitle.Of(title.Success ? title.Value : BoxTitle.OfKind(kind.Value), this) is { } paragraph) box.Add(paragraph);
        processor.NewBlocks.Push(box);
        return BlockState.ContinueDiscard;
    }

    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        ArgumentNullException.ThrowIfNull(processor);
        if (processor.IsBlankLine) return BlockState.Continue;
        if (processor.Indent < Indent) return BlockState.None;
        processor.GoToColumn(processor.ColumnBeforeIndent + Indent);
        return BlockState.Continue;
    }

    [GeneratedRegex(@"^(?:(?:!!!|\?\?\?\+?)[ \t]+(?<kind>[A-Za-z][\w-]*(?:[ \t]+[A-Za-z][\w-]*)*)(?:[ \t]+""(?<title>[^""]*)"")?|===[!+]?[ \t]+""(?<title>[^""]+)"")[ \t]*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Opening();
}

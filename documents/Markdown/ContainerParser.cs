using System.Text.RegularExpressions;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Serverless.Documents.Markdown;

/// <summary>
/// Boxes between lines of colons, as Docusaurus, VitePress, MyST and Pandoc have them: <c>:::warning Title</c>, <c>:::tip[Title]</c>, <c>:::{note}</c>, <c>::: {.callout-note}</c>. What a box is of is its title where it has no other; what has but classes has none.
/// </summary>
internal sealed partial class ContainerParser : BlockParser
{
    public ContainerParser() => OpeningCharacters = [':'];

    public override BlockState TryOpen(BlockProcessor processor)
    {
        ArgumentNullException.ThrowIfNull(processor);
        if (processor.IsCodeIndent || Opening().Match(processor.Line.ToString()) is not { Success: true } opening) return BlockState.None;
        var box = new ColonBlock(this) { Column = processor.Column, Span = new SourceSpan(processor.Start, processor.Line.End), Colons = opening.Groups["colons"].Length };
        var title = opening.Groups["title"].Success ? opening.Groups["title"].Value : BoxTitle.OfKind(opening.Groups["kind"].Value);
        if (BoxTitle.Of(title, this) is { } paragraph) box.Add(paragraph);
        processor.NewBlocks.Push(box);
        return BlockState.ContinueDiscard;
    }

    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        ArgumentNullException.ThrowIfNull(processor);
        var line = processor.Line.AsSpan().Trim();
        if (processor.IsCodeIndent || line.IsEmpty || line.ContainsAnyExcept(':') || line.Length != ((ColonBlock)block).Colons) return BlockState.Continue;
        // Of boxes in one another with as many colons, the inner one ends.
        for (var last = ((ContainerBlock)block).LastChild; last is ContainerBlock inner; last = inner.LastChild)
        {
            if (inner is ColonBlock { IsClosed: false } other && other.Colons == line.Length) return BlockState.Continue;
        }

        ((ColonBlock)block).IsClosed = true;
        return BlockState.BreakDiscard;
    }

    [GeneratedRegex(@"^(?<colons>:::+)[ \t]*(?:(?<kind>[A-Za-z][\w-]*)(?:\[(?<title>[^\[\]]*)\])?(?:[ \t]*\{[^{}]*\})?|\{(?:\.callout-)?(?<kind>[A-Za-z][\w-]*)[^{}]*\}|\{[^{}]*\})(?:[ \t]+(?<title>[^:{}\s][^{}]*?))?[ \t]*:*[ \t]*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Opening();
}

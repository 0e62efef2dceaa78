using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Serverless.Documents.Markdown;

/// <summary>
/// Markdig's parser of paragraphs, for those that begin with link definitions (<c>[name]: target</c>) by the hundred: it cuts each off with a copy of all lines that follow, which takes time by the
/// square of their number. Here they are read a window of lines at a time, wherever they stand and over however many lines each goes; the last ones and what follows are left to it.
/// </summary>
internal sealed class DefinitionParser : ParagraphBlockParser
{
    /// <summary>Lines that are looked at together.</summary>
    internal const int Window = 256;

    // A definition may go on in the lines after it.
    private const int Ahead = Window / 2;

    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        ArgumentNullException.ThrowIfNull(processor);
        // An underline makes a heading of what is no definition.
        if (processor.CurrentChar is '=' or '-') Take(processor, block);
        return base.TryContinue(processor, block);
    }

    public override bool Close(BlockProcessor processor, Block block)
    {
        ArgumentNullException.ThrowIfNull(processor);
        Take(processor, block);
        return base.Close(processor, block);
    }

    private static void Take(BlockProcessor processor, Block block)
    {
        if (block is not ParagraphBlock paragraph || paragraph.Lines.Count <= Window) return;
        var taken = 0;
        for (int count; paragraph.Lines.Count - taken > Window && (count = Take(processor.Document, paragraph.Lines, taken)) > 0;) taken += count;
        if (taken > 0) paragraph.Lines = Part(paragraph.Lines, taken, paragraph.Lines.Count);
    }

    /// <returns>Lines from <paramref name="from"/> on that are definitions, and taken.</returns>
    private static int Take(MarkdownDocument document, StringLineGroup all, int from)
    {
        var lines = Part(all, from, from + Window);
        while (lines.Count > Ahead)
        {
            var text = lines.ToCharIterator();
            if (!LinkReferenceDefinition.TryParse(ref text, out var definition)) break;
            var left = text.Remaining();
            // What may be a title of many lines is for who sees them all.
            if (left.Count == 0 || left.Lines[0].Slice.AsSpan().TrimStart() is ['"' or '\'' or '(', ..]) break;
            definition!.Line = lines.Lines[0].Line;
            document.SetLinkReferenceDefinition(definition.Label!, definition, true);
            lines = left;
        }

        return Window - lines.Count;
    }

    private static StringLineGroup Part(StringLineGroup lines, int from, int to)
    {
        var part = new StringLineGroup(to - from);
        for (var i = from; i < to; i++) part.Add(ref lines.Lines[i]);
        return part;
    }
}

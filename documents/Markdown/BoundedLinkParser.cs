using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Parsers.Inlines;

namespace Serverless.Documents.Markdown;

/// <summary>
/// Markdig's parser of links with an end to what brackets that make no link may cost: each <c>](</c> is looked at up to the end of its paragraph, so that a paragraph of nothing else takes time by the
/// square of its length. A document may spend <see cref="Budget"/> characters on such looks; afterwards each sees <see cref="Window"/> more, which a link in writing does not exceed.
/// </summary>
internal sealed class BoundedLinkParser : LinkInlineParser
{
    /// <summary>Characters; a look at so many takes about a second.</summary>
    internal const long Budget = 50_000_000;

    internal const int Window = 2048;

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        ArgumentNullException.ThrowIfNull(processor);
        if (slice.CurrentChar != ']' || slice.PeekChar() != '(') return base.Match(processor, ref slice);
        var spent = Spent.Of(processor);
        var (end, length) = (slice.End, slice.End - slice.Start);
        if (spent.Characters > Budget) slice.End = Math.Min(end, slice.Start + Window);
        var isLink = base.Match(processor, ref slice);
        slice.End = end;
        if (!isLink) spent.Characters += length;
        return isLink;
    }

    // The parser serves all documents; what one has spent is kept with it.
    private sealed class Spent
    {
        private static readonly object Key = new();

        public long Characters { get; set; }

        public static Spent Of(InlineProcessor processor)
        {
            if (processor.Document.GetData(Key) is Spent spent) return spent;
            processor.Document.SetData(Key, spent = new Spent());
            return spent;
        }
    }
}

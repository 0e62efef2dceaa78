using System.Text.RegularExpressions;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax.Inlines;

namespace Serverless.Documents.Markdown;

/// <summary>
/// Links and embedded notes as Obsidian, Foam, Logseq and wikis of Git hosts write them: of <c>[[target|words]]</c> the words are read, of <c>[[target#heading]]</c> both parts, of <c>![[picture.png]]</c> nothing. Obsidian's comments
/// between <c>%%</c> go.
/// </summary>
internal sealed partial class WikiLinkParser : InlineParser
{
    private const int MaxCharacters = 1000;

    public WikiLinkParser() => OpeningCharacters = ['[', '!', '%'];

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        ArgumentNullException.ThrowIfNull(processor);
        var (first, second) = (slice.CurrentChar, slice.PeekChar());
        if (second is not ('[' or '%') || (first == '!' ? slice.PeekChar(2) != '[' : first != second)) return false;
        var text = slice.AsSpan()[..Math.Min(MaxCharacters, slice.Length)];
        if (first == '%') return Comment(processor, ref slice, Length(Remark(), text));
        var length = Length(Link(), text);
        // A link in brackets: [[1]](address).
        if (length == 0 || (length < text.Length && text[length] is '(' or '[')) return false;
        var link = Link().Match(text[..length].ToString());
        var (target, words) = (link.Groups["target"].Value, link.Groups["words"].Value.Trim());
        var isPicture = first == '!' && Media().IsMatch(target);
        var shown = isPicture ? string.Empty : words.Length > 0 ? words : string.Join(" > ", target.Split(['#', '^'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        processor.Inline = new LiteralInline(shown);
        slice.Start += link.Length;
        return true;
    }

    private static bool Comment(InlineProcessor processor, ref StringSlice slice, int length)
    {
        if (length == 0 || char.IsLetterOrDigit(slice.PeekCharExtra(-1))) return false;
        processor.Inline = new LiteralInline(string.Empty);
        slice.Start += length;
        return true;
    }

    // Of what a text begins with; 0 for none.
    private static int Length(Regex what, ReadOnlySpan<char> text)
    {
        foreach (var match in what.EnumerateMatches(text)) return match.Length;
        return 0;
    }

    // With a letter in it, so that rows of figures are none. In a table the bar is escaped.
    [GeneratedRegex(@"^!?\[\[(?<target>[^\[\]|\s\\](?:[^\[\]|\n\\]*[^\[\]|\s\\])?)(?:\\?\|(?<words>[^\[\]\n]*))?\]\](?<=\p{L}[^\[]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex(@"\.(?:png|jpe?g|gif|svg|webp|bmp|avif|mp3|mp4|webm|wav|m4a|ogg|ogv|mov|mkv|flac|3gp|pdf|canvas|base)(?:#|$)", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Media();

    // Batch files write %%i.
    [GeneratedRegex(@"^%%[^%]+%%(?![\w%])")]
    private static partial Regex Remark();
}

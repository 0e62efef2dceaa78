using System.Buffers;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax.Inlines;
using Serverless.Documents.Latex;

namespace Serverless.Documents.Markdown;

/// <summary>
/// Formulas between dollar signs, and LaTeX's own between <c>\(</c> and <c>\)</c>, <c>\[</c> and <c>\]</c> or in an environment of formulas, which stay as they are: asterisks and underscores in them are no emphasis, backslashes no escapes. By Pandoc's rule, so that prices are none: one dollar sign opens before what is no space,
/// and closes after what is no space and not before a figure; two enclose whatever stands between them.
/// </summary>
internal sealed class MathParser : InlineParser
{
    private const int MaxCharacters = 4096;

    private static readonly SearchValues<char> Signs = SearchValues.Create("\\^_{}=+*<>");

    public MathParser() => OpeningCharacters = ['$', '\\'];

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        ArgumentNullException.ThrowIfNull(processor);
        var text = slice.AsSpan();
        text = text[..Math.Min(text.Length, MaxCharacters)];
        var length = text[0] == '\\' ? Latex(text) : text.StartsWith("$$") ? Displayed(text) : IsWord(slice.PeekCharExtra(-1)) ? 0 : InLine(text);
        if (length == 0) return false;
        processor.Inline = new LiteralInline(new StringSlice(slice.Text, slice.Start, slice.Start + length - 1));
        slice.Start += length;
        return true;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c);

    // Where the signs enclose nothing that only formulas hold, they are brackets that shall make no link.
    private static int Latex(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("\\begin{")) return Environment(text);
        if (text.Length < 5 || text[1] is not ('(' or '[')) return 0;
        var end = text[2..].IndexOf(text[1] == '(' ? "\\)" : "\\]");
        return end > 0 && text.Slice(2, end).IndexOfAny(Signs) >= 0 ? end + 4 : 0;
    }

    private static int Environment(ReadOnlySpan<char> text)
    {
        var brace = text.IndexOf('}');
        if (brace < 0 || !LatexNames.Formulas.Contains(text["\\begin{".Length..brace].ToString())) return 0;
        var close = $"\\end{text["\\begin".Length..(brace + 1)]}";
        var end = text.IndexOf(close);
        return end < 0 ? 0 : end + close.Length;
    }

    private static int Displayed(ReadOnlySpan<char> text)
    {
        var end = text[2..].IndexOf("$$");
        return end <= 0 ? 0 : end + 4;
    }

    private static int InLine(ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || char.IsWhiteSpace(text[1])) return 0;
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\':
                    i++;
                    break;
                case '`':
                    return 0;
                case '$' when i > 1 && !char.IsWhiteSpace(text[i - 1]) && (i + 1 == text.Length || !char.IsAsciiDigit(text[i + 1])):
                    return i + 1;
                case '$':
                    return 0;
            }
        }

        return 0;
    }
}

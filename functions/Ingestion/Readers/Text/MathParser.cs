using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax.Inlines;

namespace Serverless.Functions.Ingestion.Readers.Text;

/// <summary>
/// Formulas between dollar signs, which stay as they are: asterisks and underscores in them are no emphasis, backslashes no escapes. By Pandoc's rule, so that prices are none: one dollar sign opens before what is no space,
/// and closes after what is no space and not before a figure; two enclose whatever stands between them.
/// </summary>
internal sealed class MathParser : InlineParser
{
    private const int MaxCharacters = 4096;

    public MathParser() => OpeningCharacters = ['$'];

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        ArgumentNullException.ThrowIfNull(processor);
        var text = slice.AsSpan();
        text = text[..Math.Min(text.Length, MaxCharacters)];
        var length = text.StartsWith("$$") ? Displayed(text) : IsWord(slice.PeekCharExtra(-1)) ? 0 : InLine(text);
        if (length == 0) return false;
        processor.Inline = new LiteralInline(new StringSlice(slice.Text, slice.Start, slice.Start + length - 1));
        slice.Start += length;
        return true;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c);

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

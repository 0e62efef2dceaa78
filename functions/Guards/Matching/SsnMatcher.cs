namespace Serverless.Functions.Guards;

/// <summary>US social security numbers, ddd-dd-dddd or with blanks, less the numbers that are never given out (area 000, 666 and 900 up, group 00, serial 0000).</summary>
internal sealed class SsnMatcher : ITextMatcher
{
    private const int Length = 11;

    public string Kind => "ssn";

    public bool MayStart(char first) => char.IsAsciiDigit(first);

    public int Match(ref TextWindow text, int at)
    {
        if (char.IsAsciiLetterOrDigit(text.Before(at)) || text.Before(at) == '-') return 0;
        var separator = '\0';
        Span<char> digits = stackalloc char[9];
        var count = 0;
        for (var i = 0; i < Length; i++)
        {
            var c = text[at + i];
            if (i is 3 or 6)
            {
                if (c is not ('-' or ' ') || (separator != '\0' && c != separator)) return 0;
                separator = c;
            }
            else
            {
                if (!char.IsAsciiDigit(c)) return 0;
                digits[count++] = c;
            }
        }

        if (digits[..3] is "000" or "666" || digits[0] == '9' || digits[3..5] is "00" || digits[5..] is "0000") return 0;
        return char.IsAsciiLetterOrDigit(text[at + Length]) ? 0 : Length;
    }
}

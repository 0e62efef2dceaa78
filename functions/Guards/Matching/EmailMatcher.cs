namespace Serverless.Functions.Guards;

/// <summary>E-mail addresses as they are written in texts: a dot-atom of at most 64 characters, '@', a domain name with at least two labels (RFC 5321, 4.5.3.1).</summary>
internal sealed class EmailMatcher : ITextMatcher
{
    private const int MaxLocal = 64;
    private const int MaxDomain = 253;

    public string Kind => "email";

    public bool MayStart(char first) => char.IsAsciiLetterOrDigit(first);

    public int Match(ref TextWindow text, int at)
    {
        if (char.IsAsciiLetterOrDigit(text.Before(at))) return 0;
        var i = at;
        while (IsLocal(text[i]))
        {
            if (++i - at > MaxLocal) return 0;
        }

        if (text[i] != '@') return 0;
        var domain = ++i;
        var end = 0;
        var dots = 0;
        while (i - domain <= MaxDomain)
        {
            var label = i;
            while (IsLabel(text[i]) && i - label < 64) i++;
            if (i == label) break;
            if (dots > 0 && i - label >= 2 && char.IsAsciiLetter(text[i - 1])) end = i;
            if (text[i] != '.') break;
            dots++;
            i++;
        }

        return end > 0 ? end - at : 0;
    }

    private static bool IsLocal(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '%' or '+' or '-';

    private static bool IsLabel(char c) => char.IsAsciiLetterOrDigit(c) || c == '-';
}

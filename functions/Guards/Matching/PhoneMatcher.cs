namespace Serverless.Functions.Guards;

/// <summary>
/// Telephone numbers: '+' and 8 to 15 digits (ITU-T E.164) with single separators between, or a North American number of three groups, of which
/// neither area nor exchange begins with 0 or 1.
/// </summary>
internal sealed class PhoneMatcher : ITextMatcher
{
    public string Kind => "phone";

    public bool MayStart(char first) => first is '+' or '(' || char.IsAsciiDigit(first);

    public int Match(ref TextWindow text, int at)
    {
        var before = text.Before(at);
        if (char.IsAsciiLetterOrDigit(before) || before == '+') return 0;
        return text[at] == '+' ? International(ref text, at) : National(ref text, at);
    }

    private static int International(ref TextWindow text, int at)
    {
        var i = at + 1;
        if (text[i] is < '1' or > '9') return 0;
        var count = 0;
        var end = 0;
        while (count <= 15)
        {
            if (char.IsAsciiDigit(text[i]))
            {
                count++;
                end = ++i;
                continue;
            }

            // A separator, and one bracket beside it: "+44 (20) 7946 0958".
            var next = i;
            if (text[next] is ' ' or '-' or '.' or '/') next++;
            if (text[next] is '(' or ')') next++;
            if (next > i && text[next] == ' ' && text[next - 1] == ')') next++;
            if (next == i || !char.IsAsciiDigit(text[next])) break;
            i = next;
        }

        return count is >= 8 and <= 15 ? end - at : 0;
    }

    private static int National(ref TextWindow text, int at)
    {
        var i = at;
        var isBracketed = text[i] == '(';
        if (isBracketed) i++;
        if (!Group(ref text, ref i, 3, least: '2')) return 0;
        if (isBracketed)
        {
            if (text[i++] != ')') return 0;
            if (text[i] is ' ' or '-') i++;
        }
        else if (text[i++] is not (' ' or '-' or '.'))
        {
            return 0;
        }

        if (!Group(ref text, ref i, 3, least: '2')) return 0;
        if (text[i++] is not (' ' or '-' or '.')) return 0;
        return Group(ref text, ref i, 4, least: '0') && !char.IsAsciiDigit(text[i]) ? i - at : 0;
    }

    private static bool Group(ref TextWindow text, ref int at, int length, char least)
    {
        if (text[at] < least) return false;
        for (var end = at + length; at < end; at++)
        {
            if (!char.IsAsciiDigit(text[at])) return false;
        }

        return true;
    }
}

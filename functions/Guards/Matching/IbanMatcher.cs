using System.Collections.Frozen;

namespace Serverless.Functions.Guards;

/// <summary>International bank account numbers: of the length that the country has in ISO 13616's registry, perhaps in groups, with a right check.</summary>
internal sealed class IbanMatcher : ITextMatcher
{
    private const int MaxLength = 34;

    private static readonly FrozenDictionary<string, int> Lengths = new Dictionary<string, int>
    {
        ["AD"] = 24, ["AE"] = 23, ["AL"] = 28, ["AT"] = 20, ["AZ"] = 28, ["BA"] = 20, ["BE"] = 16, ["BG"] = 22, ["BH"] = 22, ["BR"] = 29, ["BY"] = 28, ["CH"] = 21,
        ["CR"] = 22, ["CY"] = 28, ["CZ"] = 24, ["DE"] = 22, ["DK"] = 18, ["DO"] = 28, ["EE"] = 20, ["EG"] = 29, ["ES"] = 24, ["FI"] = 18, ["FO"] = 18, ["FR"] = 27,
        ["GB"] = 22, ["GE"] = 22, ["GI"] = 23, ["GL"] = 18, ["GR"] = 27, ["GT"] = 28, ["HR"] = 21, ["HU"] = 28, ["IE"] = 22, ["IL"] = 23, ["IQ"] = 23, ["IS"] = 26,
        ["IT"] = 27, ["JO"] = 30, ["KW"] = 30, ["KZ"] = 20, ["LB"] = 28, ["LC"] = 32, ["LI"] = 21, ["LT"] = 20, ["LU"] = 20, ["LV"] = 21, ["LY"] = 25, ["MC"] = 27,
        ["MD"] = 24, ["ME"] = 22, ["MK"] = 19, ["MR"] = 27, ["MT"] = 31, ["MU"] = 30, ["NL"] = 18, ["NO"] = 15, ["PK"] = 24, ["PL"] = 28, ["PS"] = 29, ["PT"] = 25,
        ["QA"] = 29, ["RO"] = 24, ["RS"] = 22, ["SA"] = 24, ["SC"] = 31, ["SE"] = 24, ["SI"] = 19, ["SK"] = 24, ["SM"] = 27, ["ST"] = 25, ["SV"] = 28, ["TL"] = 23,
        ["TN"] = 24, ["TR"] = 26, ["UA"] = 29, ["VA"] = 22, ["VG"] = 24, ["XK"] = 20,
    }.ToFrozenDictionary();

    public string Kind => "iban";

    public bool MayStart(char first) => char.IsAsciiLetter(first);

    public int Match(ref TextWindow text, int at)
    {
        if (char.IsAsciiLetterOrDigit(text.Before(at)) || !char.IsAsciiLetter(text[at + 1])) return 0;
        if (!Lengths.TryGetValue(string.Create(2, (text[at], text[at + 1]), (span, c) => (span[0], span[1]) = (char.ToUpperInvariant(c.Item1), char.ToUpperInvariant(c.Item2))), out var length)) return 0;
        if (!char.IsAsciiDigit(text[at + 2])) return 0;
        Span<char> iban = stackalloc char[MaxLength];
        var i = at;
        for (var count = 0; count < length; count++)
        {
            if (count > 0 && text[i] is ' ' or '-') i++;
            if (!char.IsAsciiLetterOrDigit(text[i])) return 0;
            iban[count] = text[i++];
        }

        return !char.IsAsciiLetterOrDigit(text[i]) && Digits.IsMod97(iban[..length]) ? i - at : 0;
    }
}

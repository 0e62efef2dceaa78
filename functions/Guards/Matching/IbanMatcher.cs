using System.Collections.Frozen;
using System.Globalization;

namespace Serverless.Functions.Guards;

/// <summary>International bank account numbers: of the length that the country has in ISO 13616's registry, perhaps in groups, with a right check.</summary>
internal sealed class IbanMatcher : ITextMatcher
{
    private const int MaxLength = 34;

    // Each country with its length.
    private static readonly FrozenDictionary<string, int> Lengths = (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 " +
        "GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 " +
        "MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20")
        .Split(' ').ToFrozenDictionary(entry => entry[..2], entry => int.Parse(entry.AsSpan(2), CultureInfo.InvariantCulture));

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

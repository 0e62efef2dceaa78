namespace Serverless.Functions.Guards;

/// <summary>Checks of numbers that carry a check digit.</summary>
internal static class Digits
{
    /// <summary>ISO/IEC 7812-1, annex B: the sum of the digits, every second from the right doubled, is divisible by ten.</summary>
    public static bool IsLuhn(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            if (i % 2 == 1 && (digit *= 2) > 9) digit -= 9;
            sum += digit;
        }

        return sum % 10 == 0;
    }

    /// <summary>ISO 7064, MOD 97-10, as ISO 13616 applies it: the first four characters at the end, letters as 10 to 35, remainder 1.</summary>
    public static bool IsMod97(ReadOnlySpan<char> iban)
    {
        var rest = 0;
        for (var i = 0; i < iban.Length; i++)
        {
            var c = char.ToUpperInvariant(iban[(i + 4) % iban.Length]);
            rest = char.IsAsciiDigit(c) ? ((rest * 10) + (c - '0')) % 97 : ((rest * 100) + (c - 'A' + 10)) % 97;
        }

        return rest == 1;
    }
}

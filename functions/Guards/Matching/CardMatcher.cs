namespace Serverless.Functions.Guards;

/// <summary>Payment cards: 13 to 19 digits that begin with 2 to 6, perhaps with single blanks or hyphens between, and pass Luhn's check.</summary>
internal sealed class CardMatcher : ITextMatcher
{
    private const int Least = 13;
    private const int Most = 19;

    public string Kind => "card";

    public bool MayStart(char first) => first is >= '2' and <= '6';

    public int Match(ref TextWindow text, int at)
    {
        if (char.IsAsciiDigit(text.Before(at))) return 0;
        Span<char> digits = stackalloc char[Most];
        var count = 0;
        var longest = 0;
        for (var i = at; count < Most;)
        {
            digits[count++] = text[i++];
            var next = text[i];
            if (count >= Least && !char.IsAsciiDigit(next) && Digits.IsLuhn(digits[..count])) longest = i - at;
            if (next is ' ' or '-') next = text[++i];
            if (!char.IsAsciiDigit(next)) break;
        }

        return longest;
    }
}

using System.Globalization;

namespace Serverless.Documents.Signs;

/// <summary>How lists write their numbers.</summary>
internal static class NumberSigns
{
    private const int MaxRoman = 3999;

    /// <summary>a to z, aa, ab...; in figures what is not from 1 on.</summary>
    /// <param name="first">a or A.</param>
    public static string Letters(int number, char first)
    {
        if (number <= 0) return Figures(number);
        var letters = string.Empty;
        for (; number > 0; number = (number - 1) / 26) letters = (char)(first + ((number - 1) % 26)) + letters;
        return letters;
    }

    /// <summary>I, II, III...; in figures what is not of 1 to 3,999.</summary>
    public static string Roman(int number)
    {
        if (number is <= 0 or > MaxRoman) return Figures(number);
        var roman = string.Empty;
        foreach (var (value, sign) in (ReadOnlySpan<(int, string)>)
            [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")])
        {
            for (; number >= value; number -= value) roman += sign;
        }

        return roman;
    }

    public static string Figures(int number) => number.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Numbers;

/// <summary>A decimal number as JSON writes it, digit by digit: no bound is rounded.</summary>
/// <param name="Whole">The digits before the point without leading zeros; empty for 0.</param>
/// <param name="Fraction">The digits after the point without trailing zeros.</param>
internal sealed record ExactDecimal(bool IsNegative, string Whole, string Fraction) : IComparable<ExactDecimal>
{
    public bool IsZero => Whole.Length == 0 && Fraction.Length == 0;

    /// <exception cref="SchemaException">The element is no number, or a very large or long one; the message names the keyword.</exception>
    public static ExactDecimal Read(JsonElement element, string keyword)
    {
        if (element.ValueKind != JsonValueKind.Number)
            throw new SchemaException($"{keyword} must be a number");

        string text = element.GetRawText();
        bool isNegative = text[0] == '-';
        string[] parts = text[(isNegative ? 1 : 0)..].Split('e', 'E');
        string[] digits = parts[0].Split('.');
        string fraction = digits.Length > 1 ? digits[1] : "";
        int exponent = 0;
        bool isZero = parts[0].All(c => c is '0' or '.');
        bool isInRange = text.Length <= ConstraintLimits.BoundDigits
            && (parts.Length == 1 || (int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) && Math.Abs(exponent) <= ConstraintLimits.BoundDigits));
        if (isZero)
            return new ExactDecimal(false, "", "");
        if (!isInRange)
            throw new SchemaException($"{keyword} must have at most {ConstraintLimits.BoundDigits} digits, those that its exponent stands for counted");

        string all = digits[0] + fraction;
        int point = digits[0].Length + exponent;
        if (point < 0)
            (all, point) = (new string('0', -point) + all, 0);

        all = all.PadRight(point, '0');
        return new ExactDecimal(isNegative, all[..point].TrimStart('0'), all[point..].TrimEnd('0'));
    }

    /// <summary>The positive fraction in lowest terms whose value this is without its sign.</summary>
    public (BigInteger Numerator, BigInteger Denominator) ToFraction()
    {
        var numerator = BigInteger.Parse($"0{Whole}{Fraction}", CultureInfo.InvariantCulture);
        var denominator = BigInteger.Pow(10, Fraction.Length);
        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator);
        return (numerator / divisor, denominator / divisor);
    }

    public int CompareTo(ExactDecimal? other)
    {
        if (other is null)
            return 1;
        if (IsNegative != other.IsNegative)
            return IsNegative ? -1 : 1;

        int sign = Whole.Length != other.Whole.Length ? Whole.Length.CompareTo(other.Whole.Length)
            : string.CompareOrdinal(Whole, other.Whole) is var whole && whole != 0 ? whole
            : string.CompareOrdinal(Fraction, other.Fraction);
        return IsNegative ? -sign : sign;
    }
}

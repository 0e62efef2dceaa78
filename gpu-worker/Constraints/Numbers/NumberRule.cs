using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Numbers;

/// <summary>Which decimal numbers are permitted.</summary>
/// <param name="FractionDigits">How many digits there may be after the point; 0 for integers.</param>
/// <param name="Divisor">What integers are multiples of; 1 where there are fractions.</param>
internal sealed record NumberRule(NumberBound? Lower, NumberBound? Upper, int FractionDigits, int Divisor)
{
    /// <summary>The rule that every number keeps to.</summary>
    public static NumberRule Any { get; } = new(null, null, ConstraintLimits.Digits, 1);

    /// <summary>The rule that every integer keeps to.</summary>
    public static NumberRule AnyInteger { get; } = Any with { FractionDigits = 0 };

    /// <exception cref="SchemaException">The element is a very large or long number.</exception>
    public bool Permits(JsonElement number)
    {
        if (this == Any)
            return true;

        var value = ExactDecimal.Read(number, "enum");
        return IsWithin(value, Lower, 1) && IsWithin(value, Upper, -1)
            && (FractionDigits == ConstraintLimits.Digits || value.Fraction.Length <= FractionDigits)
            && (Divisor == 1 || (BigInteger.Parse($"0{value.Whole}", CultureInfo.InvariantCulture) % Divisor).IsZero);
    }

    /// <param name="side">1 of a lower bound, -1 of an upper one.</param>
    private static bool IsWithin(ExactDecimal value, NumberBound? bound, int side) =>
        bound is null || (Math.Sign(value.CompareTo(bound.Value)) * side is var sign && (sign > 0 || (sign == 0 && !bound.IsExclusive)));
}

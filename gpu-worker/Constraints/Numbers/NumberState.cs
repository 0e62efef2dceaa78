namespace Serverless.GpuWorker.Constraints.Numbers;

/// <summary>What the digits of a number so far decide about it.</summary>
/// <param name="Digits">Before the point, or after it, as far as they are written; 0 for a zero before it.</param>
/// <param name="ToLower">How its magnitude compares to that of the bound below, of its sign: -1, 0 or 1.</param>
/// <param name="ToUpper">The same of the bound above.</param>
/// <param name="Rest">What division by the rule's divisor leaves.</param>
internal readonly record struct NumberState(NumberState.Part At, bool IsNegative, int Digits, int ToLower, int ToUpper, int Rest)
{
    public enum Part
    {
        Start,
        Minus,
        Zero,
        Whole,
        Point,
        Fraction,
    }

    public static NumberState Start => new(Part.Start, false, 0, 0, 0, 0);

    /// <summary>The state after one more character of a number; null where none that the rule permits goes on with it.</summary>
    public NumberState? After(char next, NumberRule rule) => (At, next) switch
    {
        (Part.Start, '-') => this with { At = Part.Minus, IsNegative = true },
        (Part.Start or Part.Minus, '0') => this with { At = Part.Zero },
        (Part.Start or Part.Minus or Part.Whole, >= '0' and <= '9') => AfterWhole(next - '0', rule),
        (Part.Zero or Part.Whole, '.') when rule.FractionDigits > 0 => AtPoint(rule) with { At = Part.Point, Digits = 0 },
        (Part.Point or Part.Fraction, >= '0' and <= '9') when Digits < rule.FractionDigits => AfterFraction(next - '0', rule),
        _ => null,
    };

    public bool IsComplete(NumberRule rule)
    {
        if (At is not (Part.Zero or Part.Whole or Part.Fraction) || Rest != 0)
            return false;

        var (lower, upper) = Magnitudes(rule);
        var whole = At == Part.Fraction ? this : AtPoint(rule);
        int fraction = At == Part.Fraction ? Digits : 0;
        return (lower is null || IsWithin(PrefixComparison.AtEnd(whole.ToLower, fraction, lower.Value), lower.IsExclusive))
            && (upper is null || IsWithin(-PrefixComparison.AtEnd(whole.ToUpper, fraction, upper.Value), upper.IsExclusive))
            && !IsOutside(rule);
    }

    private static bool IsWithin(int sign, bool isExclusive) => sign > 0 || (sign == 0 && !isExclusive);

    private NumberState? AfterWhole(int digit, NumberRule rule)
    {
        if (Digits == ConstraintLimits.Digits)
            return null;

        var (lower, upper) = Magnitudes(rule);
        var next = this with
        {
            At = Part.Whole,
            Digits = Digits + 1,
            ToLower = lower is null ? 0 : PrefixComparison.AfterWhole(ToLower, Digits, digit, lower.Value),
            ToUpper = upper is null ? 0 : PrefixComparison.AfterWhole(ToUpper, Digits, digit, upper.Value),
            Rest = (Rest * 10 + digit) % rule.Divisor,
        };
        // More digits make it larger still.
        return upper is not null && next.ToUpper > 0 && next.Digits >= upper.Value.Whole.Length ? null : next;
    }

    private NumberState AtPoint(NumberRule rule)
    {
        var (lower, upper) = Magnitudes(rule);
        return this with
        {
            ToLower = lower is null ? 0 : PrefixComparison.AtPoint(ToLower, Digits, lower.Value),
            ToUpper = upper is null ? 0 : PrefixComparison.AtPoint(ToUpper, Digits, upper.Value),
        };
    }

    private NumberState AfterFraction(int digit, NumberRule rule)
    {
        var (lower, upper) = Magnitudes(rule);
        return this with
        {
            At = Part.Fraction,
            Digits = Digits + 1,
            ToLower = lower is null ? 0 : PrefixComparison.AfterFraction(ToLower, Digits, digit, lower.Value),
            ToUpper = upper is null ? 0 : PrefixComparison.AfterFraction(ToUpper, Digits, digit, upper.Value),
        };
    }

    /// <summary>The bounds of the magnitude for this sign, as if positive: those of a negative number change places. One of the other sign bounds nothing, or is <see cref="IsOutside"/>.</summary>
    private (NumberBound? Lower, NumberBound? Upper) Magnitudes(NumberRule rule)
    {
        var (lower, upper) = IsNegative ? (rule.Upper, rule.Lower) : (rule.Lower, rule.Upper);
        return (OfThisSign(lower), OfThisSign(upper));
    }

    private NumberBound? OfThisSign(NumberBound? bound) => bound is null || (!bound.Value.IsZero && bound.Value.IsNegative != IsNegative) ? null : bound;

    /// <summary>Whether no number of this sign is permitted: the bound away from zero has the other sign.</summary>
    private bool IsOutside(NumberRule rule) => (IsNegative ? rule.Lower : rule.Upper) is { } far && !far.Value.IsZero && far.Value.IsNegative != IsNegative;
}

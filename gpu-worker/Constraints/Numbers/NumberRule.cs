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
}

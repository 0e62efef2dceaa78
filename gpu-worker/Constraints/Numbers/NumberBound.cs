namespace Serverless.GpuWorker.Constraints.Numbers;

/// <summary>A bound on one side; exclusive where the number itself is not permitted.</summary>
internal sealed record NumberBound(ExactDecimal Value, bool IsExclusive)
{
    /// <summary>The higher of two lower bounds.</summary>
    public static NumberBound? Higher(NumberBound? a, NumberBound? b) => Tighter(a, b, 1);

    /// <summary>The lower of two upper bounds.</summary>
    public static NumberBound? Lower(NumberBound? a, NumberBound? b) => Tighter(a, b, -1);

    private static NumberBound? Tighter(NumberBound? a, NumberBound? b, int direction)
    {
        if (a is null || b is null)
            return a ?? b;

        int sign = Math.Sign(a.Value.CompareTo(b.Value)) * direction;
        return sign > 0 || (sign == 0 && a.IsExclusive) ? a : b;
    }
}

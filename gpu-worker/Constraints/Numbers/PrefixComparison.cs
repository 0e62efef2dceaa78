namespace Serverless.GpuWorker.Constraints.Numbers;

/// <summary>How the digits of a magnitude compare to those of a bound, as far as they are written.</summary>
internal static class PrefixComparison
{
    /// <summary>After a digit before the point, of which <paramref name="count"/> came earlier.</summary>
    /// <param name="sign">Of the comparison so far.</param>
    public static int AfterWhole(int sign, int count, int digit, ExactDecimal bound)
    {
        if (count >= bound.Whole.Length)
            return 1;

        return sign != 0 ? sign : Math.Sign(digit - (bound.Whole[count] - '0'));
    }

    /// <summary>Where <paramref name="count"/> digits before the point are all: fewer than the bound's are less, whatever they are.</summary>
    public static int AtPoint(int sign, int count, ExactDecimal bound) => count < bound.Whole.Length ? -1 : sign;

    /// <summary>After a digit behind the point, of which <paramref name="count"/> came earlier.</summary>
    public static int AfterFraction(int sign, int count, int digit, ExactDecimal bound) =>
        sign != 0 ? sign : Math.Sign(digit - (count < bound.Fraction.Length ? bound.Fraction[count] - '0' : 0));

    /// <summary>Where <paramref name="count"/> digits behind the point are all.</summary>
    public static int AtEnd(int sign, int count, ExactDecimal bound) => sign == 0 && count < bound.Fraction.Length ? -1 : sign;
}

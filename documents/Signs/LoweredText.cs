using System.Text;

namespace Serverless.Documents.Signs;

/// <summary>
/// What stands lowered in a line, once it is plain text: a base would run together with the figures before it, so that 1010 to the base 2 became 10102. There figures become Unicode's own subscripts;
/// elsewhere, as in H2O, they are what people type.
/// </summary>
internal static class LoweredText
{
    private const char Zero = '₀';

    /// <summary>Rewrites the end of a line.</summary>
    /// <param name="start">Where in it the lowered text begins.</param>
    /// <param name="isFormula">Whether it is one of a formula, where each part stands for itself.</param>
    public static void Lower(StringBuilder line, int start, bool isFormula = false)
    {
        if (start >= line.Length) return;
        var isFigures = true;
        for (var i = start; i < line.Length; i++) isFigures &= char.IsAsciiDigit(line[i]);
        if (!isFigures && isFormula) line.Insert(start, "_(").Append(')');
        if (!isFigures || !(isFormula || (start > 0 && char.IsAsciiDigit(line[start - 1])))) return;
        for (var i = start; i < line.Length; i++) line[i] = (char)(Zero + line[i] - '0');
    }
}

using System.Text;
using Serverless.Documents.Signs;

namespace Serverless.Documents.OpenDocument;

/// <summary>How a level of a list or of headings writes its numbers (ISO/IEC 26300-1, sections 16.34 and 19.500).</summary>
/// <param name="Format">1, a, A, i or I; empty for no number.</param>
/// <param name="Shown">How many levels' numbers stand before the suffix, its own included.</param>
internal sealed record ListLevel(string Format, string Prefix, string Suffix, int Start, int Shown)
{
    /// <summary>Levels of a list.</summary>
    public const int Most = 10;

    /// <summary>The number as it is shown; null for none.</summary>
    /// <param name="counts">Of each level down to this one.</param>
    public static string? Show(ListLevel?[] levels, IReadOnlyList<int> counts)
    {
        var at = counts.Count - 1;
        if (at < 0 || at >= levels.Length || levels[at] is not { Format.Length: > 0 } level) return null;
        var shown = new StringBuilder(level.Prefix);
        var first = true;
        for (var i = Math.Max(0, at - level.Shown + 1); i <= at; i++)
        {
            if (levels[i] is not { Format.Length: > 0 } above) continue;
            if (!first) shown.Append('.');
            shown.Append(above.Written(counts[i]));
            first = false;
        }

        return shown.Append(level.Suffix).ToString().Trim();
    }

    private string Written(int number) => Format switch
    {
        "a" => NumberSigns.Letters(number, 'a'),
        "A" => NumberSigns.Letters(number, 'A'),
        "i" => NumberSigns.Roman(number).ToLowerInvariant(),
        "I" => NumberSigns.Roman(number),
        _ => NumberSigns.Figures(number),
    };
}

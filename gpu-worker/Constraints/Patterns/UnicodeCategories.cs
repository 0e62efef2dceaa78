using System.Collections.Concurrent;
using System.Globalization;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>
/// The characters of Unicode's general categories by the names that ECMA-262 has for them (table 68, section 22.2.1), long and short, as .NET's tables have them. Thread-safe.
/// </summary>
internal static class UnicodeCategories
{
    private static readonly Dictionary<string, string> LongNames = new(StringComparer.Ordinal)
    {
        ["Letter"] = "L",
        ["Cased_Letter"] = "LC",
        ["Uppercase_Letter"] = "Lu",
        ["Lowercase_Letter"] = "Ll",
        ["Titlecase_Letter"] = "Lt",
        ["Modifier_Letter"] = "Lm",
        ["Other_Letter"] = "Lo",
        ["Mark"] = "M",
        ["Combining_Mark"] = "M",
        ["Nonspacing_Mark"] = "Mn",
        ["Spacing_Mark"] = "Mc",
        ["Enclosing_Mark"] = "Me",
        ["Number"] = "N",
        ["Decimal_Number"] = "Nd",
        ["digit"] = "Nd",
        ["Letter_Number"] = "Nl",
        ["Other_Number"] = "No",
        ["Punctuation"] = "P",
        ["punct"] = "P",
        ["Connector_Punctuation"] = "Pc",
        ["Dash_Punctuation"] = "Pd",
        ["Open_Punctuation"] = "Ps",
        ["Close_Punctuation"] = "Pe",
        ["Initial_Punctuation"] = "Pi",
        ["Final_Punctuation"] = "Pf",
        ["Other_Punctuation"] = "Po",
        ["Symbol"] = "S",
        ["Math_Symbol"] = "Sm",
        ["Currency_Symbol"] = "Sc",
        ["Modifier_Symbol"] = "Sk",
        ["Other_Symbol"] = "So",
        ["Separator"] = "Z",
        ["Space_Separator"] = "Zs",
        ["Line_Separator"] = "Zl",
        ["Paragraph_Separator"] = "Zp",
        ["Other"] = "C",
        ["Control"] = "Cc",
        ["cntrl"] = "Cc",
        ["Format"] = "Cf",
        ["Private_Use"] = "Co",
        ["Unassigned"] = "Cn",
    };

    // In the order of UnicodeCategory.
    private static readonly string[] ShortNames =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    private static readonly ConcurrentDictionary<string, CodePointSet> Sets = new(StringComparer.Ordinal);

    /// <summary>The characters; null for what is no such name.</summary>
    public static CodePointSet? Find(string name)
    {
        string category = LongNames.GetValueOrDefault(name, name);
        bool isKnown = category is "LC" or ['L' or 'M' or 'N' or 'P' or 'S' or 'Z' or 'C'] || (category != "Cs" && ShortNames.Contains(category));
        return isKnown ? Sets.GetOrAdd(category, Make) : null;
    }

    private static CodePointSet Make(string category)
    {
        var isIn = new bool[ShortNames.Length];
        for (int i = 0; i < isIn.Length; i++)
            isIn[i] = category == "LC" ? ShortNames[i] is "Lu" or "Ll" or "Lt" : ShortNames[i].StartsWith(category, StringComparison.Ordinal);

        var ranges = new List<(int First, int Last)>();
        for (int point = 0; point <= CodePointSet.Last; point++)
        {
            if (!isIn[(int)CharUnicodeInfo.GetUnicodeCategory(point)])
                continue;
            if (ranges.Count > 0 && ranges[^1].Last == point - 1)
                ranges[^1] = (ranges[^1].First, point);
            else
                ranges.Add((point, point));
        }
        return CodePointSet.Of(ranges);
    }
}

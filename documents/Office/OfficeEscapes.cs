using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Office;

/// <summary>
/// What Office writes for characters that XML cannot hold, or would not keep: <c>_x000D_</c> for a carriage return (ISO/IEC 29500-1, section 22.9.2.19), and <c>_x005F_</c> before what only looks so.
/// </summary>
internal static partial class OfficeEscapes
{
    /// <summary>The text with \n line ends and without other control characters than tabs.</summary>
    public static string Unescape(string text) => text.Contains("_x", StringComparison.Ordinal)
        ? ExtractedTextBuilder.WithoutHalfPairs(Escape().Replace(text, match => Character(int.Parse(match.ValueSpan[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))).ReplaceLineEndings("\n"))
        : text;

    // A vertical tab is a line's end in a title.
    private static string Character(int code) => code switch
    {
        0x0B => "\n",
        0x09 or 0x0A or 0x0D => ((char)code).ToString(),
        < 0x20 or 0x7F or 0xFFFE or 0xFFFF => string.Empty,
        _ => ((char)code).ToString(),
    };

    [GeneratedRegex("_x[0-9A-Fa-f]{4}_", RegexOptions.NonBacktracking)]
    private static partial Regex Escape();
}

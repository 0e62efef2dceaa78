using System.Globalization;
using System.Text;

namespace Serverless.Documents.Encodings;

/// <summary>UTF-16 without a byte order mark, told by what the two readings of it would say.</summary>
internal static class Utf16
{
    private const int Sample = 16_384;

    /// <summary>The text; null where neither byte order gives one. Only for bytes that hold control characters: no other encoding's text does.</summary>
    public static string? Guess(ReadOnlySpan<byte> content)
    {
        if (content.Length < 2 || content.Length % 2 != 0) return null;
        var sample = content[..Math.Min(content.Length, Sample)];
        var (little, big) = (Score(sample, bigEndian: false), Score(sample, bigEndian: true));
        var best = Math.Max(little, big);
        if (best < 0.9) return null;
        var text = TextDecoder.Try(new UnicodeEncoding(bigEndian: big > little, byteOrderMark: false, throwOnInvalidBytes: true), content);
        return text is null || text.Contains('\0', StringComparison.Ordinal) ? null : text;
    }

    // The share of code units that text is made of; those of ASCII count for more, as every script's texts have spaces, digits or line ends.
    private static double Score(ReadOnlySpan<byte> sample, bool bigEndian)
    {
        double good = 0, all = 0;
        for (var i = 0; i + 1 < sample.Length; i += 2)
        {
            var unit = (char)(bigEndian ? (sample[i] << 8) | sample[i + 1] : (sample[i + 1] << 8) | sample[i]);
            var weight = unit < 0x80 ? 4 : 1;
            all += weight;
            if (IsText(unit)) good += weight;
        }

        return all == 0 ? 0 : good / all;
    }

    private static bool IsText(char unit) => unit switch
    {
        '\t' or '\n' or '\r' or '\f' => true,
        < ' ' => false,
        >= '\u3400' and <= '\u4DBF' => false,
        _ => char.IsSurrogate(unit) || CharUnicodeInfo.GetUnicodeCategory(unit) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Control),
    };
}

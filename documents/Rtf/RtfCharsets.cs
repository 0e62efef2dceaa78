using System.Text;

namespace Serverless.Documents.Rtf;

/// <summary>Code pages by the charsets of fonts (RTF Specification 1.9.1, "Font Table").</summary>
internal static class RtfCharsets
{
    /// <summary>Fonts whose letters are signs.</summary>
    public const int Symbol = 42;

    /// <param name="otherwise">The document's own code page, which charset 0 and 1 mean.</param>
    public static int CodePage(int charset, int otherwise) => charset switch
    {
        2 => Symbol,
        77 => 10000,
        128 => 932,
        129 => 949,
        130 => 1361,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        254 => 437,
        255 => 850,
        _ => otherwise,
    };

    /// <summary>The encoding of a code page; Windows-1252 for one that is not known.</summary>
    public static Encoding Encoding(int codePage)
    {
        if (codePage == 65001) return System.Text.Encoding.UTF8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
        }
        catch (ArgumentException)
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
        }
    }
}

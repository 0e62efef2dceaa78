using System.Text;

namespace Serverless.Documents.Encodings;

/// <summary>ISO-2022-JP (RFC 1468): bytes of seven bits, which escapes make Japanese and Latin by turns, as mails, news and old pages have them.</summary>
internal static class ShiftedJapanese
{
    // .NET's code page that takes half-width kana too.
    private const int CodePage = 50221;
    private const byte Escape = 0x1B;

    /// <summary>The text; null where the bytes are not of it.</summary>
    public static string? Decode(ReadOnlySpan<byte> content)
    {
        if (content.ContainsAnyInRange((byte)0x80, (byte)0xFF) || (content.IndexOf("\e$B"u8) < 0 && content.IndexOf("\e$@"u8) < 0)) return null;
        for (var rest = content; rest.IndexOf(Escape) is >= 0 and var at; rest = rest[(at + 3)..])
        {
            if (rest.Length < at + 3 || rest[at..(at + 3)] is not ([_, (byte)'$', (byte)'B' or (byte)'@'] or [_, (byte)'(', (byte)'B' or (byte)'J' or (byte)'I'])) return null;
        }

        return CodePagesEncodingProvider.Instance.GetEncoding(CodePage, EncoderFallback.ReplacementFallback, DecoderFallback.ExceptionFallback) is { } encoding ? TextDecoder.Try(encoding, content) : null;
    }
}

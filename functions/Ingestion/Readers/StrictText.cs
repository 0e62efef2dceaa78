using System.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Bytes to text without guessing: UTF-8, or UTF-16 where a byte order mark says so.</summary>
internal static class StrictText
{
    /// <summary>Decodes <paramref name="content"/> and turns CR LF and CR into LF.</summary>
    /// <exception cref="DocumentRejectedException">A byte does not belong, or a NUL shows that the file is not text.</exception>
    public static string Decode(ReadOnlySpan<byte> content)
    {
        var (encoding, name, mark) = Detect(content);
        string text;
        try
        {
            text = encoding.GetString(content[mark..]);
        }
        catch (DecoderFallbackException failure)
        {
            // The inner exception quotes bytes of the file, so it is not kept.
            throw new DocumentRejectedException($"The file is not {name} at byte {mark + Math.Max(0, failure.Index)}.");
        }

        var nul = text.IndexOf('\0', StringComparison.Ordinal);
        if (nul >= 0)
            throw new DocumentRejectedException($"The file is not text: it holds a NUL at byte {mark + encoding.GetByteCount(text.AsSpan(0, nul))}.");
        return text.ReplaceLineEndings("\n");
    }

    private static (Encoding Encoding, string Name, int Mark) Detect(ReadOnlySpan<byte> content) => content switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (new UTF8Encoding(false, throwOnInvalidBytes: true), "UTF-8", 3),
        [0xFF, 0xFE, ..] => (new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), "UTF-16", 2),
        [0xFE, 0xFF, ..] => (new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), "UTF-16", 2),
        _ => (new UTF8Encoding(false, throwOnInvalidBytes: true), "UTF-8", 0),
    };
}

using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Encodings;

/// <summary>
/// Bytes to text: by byte order mark, else by the declared charset where the bytes are of it, else UTF-8, else ISO-2022-JP by its escapes, else UTF-16 by its shape, else the
/// code page whose letters make the best words. What holds control characters after all that is no text.
/// </summary>
internal static partial class TextDecoder
{
    private const int Declaration = 4096;
    private const int MinStretch = 3;

    /// <summary>Decodes <paramref name="content"/> and turns CR LF and CR into LF.</summary>
    /// <param name="charset">What the client or the file says of itself; often wrong, so it is tried and not trusted.</param>
    /// <exception cref="DocumentRejectedException">The bytes are no text.</exception>
    public static string Decode(ReadOnlySpan<byte> content, string? charset = null) => WithoutMarks(Raw(content, charset).ReplaceLineEndings("\n"));

    /// <summary>As <see cref="Decode"/>, with the offsets in ascending order at which form feeds, now line ends, ended a page; none of them where the text only begins or ends with some.</summary>
    public static (string Text, List<int> Breaks) DecodePages(ReadOnlySpan<byte> content, string? charset)
    {
        var raw = WithoutMarks(Raw(content, charset));
        var breaks = new List<int>();
        if (!raw.AsSpan().Trim().Contains('\f')) return (raw.ReplaceLineEndings("\n"), breaks);
        // All but carriage returns before line feeds are replaced one by one.
        var text = raw.Replace("\r\n", "\n", StringComparison.Ordinal);
        for (var at = text.IndexOf('\f', StringComparison.Ordinal); at >= 0; at = text.IndexOf('\f', at + 1)) breaks.Add(at + 1);
        return (text.ReplaceLineEndings("\n"), breaks);
    }

    /// <summary>The charset of an XML declaration; null where there is none.</summary>
    public static string? DeclaredInXml(ReadOnlySpan<byte> content)
    {
        var match = XmlEncoding().Match(Encoding.Latin1.GetString(content[..Math.Min(content.Length, Declaration)]));
        return match.Success ? match.Groups[1].Value : null;
    }

    /// <summary>The charset of a page's <c>meta</c> or XML declaration; null where there is none.</summary>
    public static string? DeclaredInHtml(ReadOnlySpan<byte> content)
    {
        var match = MetaCharset().Match(Encoding.Latin1.GetString(content[..Math.Min(content.Length, Declaration)]));
        return match.Success ? match.Groups[1].Value : DeclaredInXml(content);
    }

    // Programs that write a mark before text that has one, or put files behind one another: where a line begins, U+FEFF is never meant.
    private static string WithoutMarks(string text) => text.Contains('\uFEFF', StringComparison.Ordinal) ? Mark().Replace(text, string.Empty) : text;

    private static string Raw(ReadOnlySpan<byte> content, string? charset)
    {
        if (Marked(content) is { } marked) return Strict(marked.Encoding, content[marked.Length..], marked.Encoding.WebName);
        var plain = !HasControls(content, out var nul);
        var utf8 = Try(Utf8, content);
        // Who says ASCII and writes other letters says nothing.
        if (charset?.Trim().ToLowerInvariant() is "us-ascii" or "ascii") charset = null;
        if (plain && Declared(charset) is { } declared && Try(declared, content) is { } said)
        {
            // Every byte is a letter to a page of single bytes, but letters of one make no UTF-8 all through a text.
            return declared.IsSingleByte && utf8 is not null ? utf8 : said;
        }

        if (plain && utf8 is not null) return utf8;
        if (!plain && nul < 0 && ShiftedJapanese.Decode(content) is { } shifted) return shifted;
        // Terminals' logs and old printers' files hold the odd escape or bell.
        if (utf8 is not null && nul < 0 && Controls(content) * 2L < content.Length) return TerminalText.Plain(utf8);
        if (!plain && !(nul < 0 && IsSpaced(content)) && Utf16.Guess(content) is { } wide) return wide;
        // Programs that end while they write leave stretches of nothing.
        if (utf8 is not null && nul >= 0 && OnlyNul(content)) return utf8.Replace("\0", "", StringComparison.Ordinal);
        if (nul >= 0) throw new DocumentRejectedException($"The file is not text: it holds a NUL at byte {nul}.");
        if (utf8 is not null) return TerminalText.Plain(utf8);
        if (MostlyUtf8(content)) return Encoding.UTF8.GetString(content);
        return plain || Controls(content) * 100L < content.Length
            ? CodePageGuess.Decode(content) ?? throw new DocumentRejectedException("The file is not text: in no encoding do its bytes make words.")
            : throw new DocumentRejectedException("The file is not text: it holds control characters.");
    }

    private static Encoding Utf8 { get; } = new UTF8Encoding(false, throwOnInvalidBytes: true);

    private static (Encoding Encoding, int Length)? Marked(ReadOnlySpan<byte> content) => content switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
        [0xFF, 0xFE, 0, 0, ..] => (new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
        [0, 0, 0xFE, 0xFF, ..] => (new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
        [0xFF, 0xFE, ..] => (new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        [0xFE, 0xFF, ..] => (new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        _ => null,
    };

    private static string Strict(Encoding encoding, ReadOnlySpan<byte> content, string name)
    {
        var text = Try(encoding, content) ?? throw new DocumentRejectedException($"The file is not {name}, as its byte order mark says.");
        return text.Contains('\0', StringComparison.Ordinal) ? throw new DocumentRejectedException("The file is not text: it holds a NUL.") : text;
    }

    // Browsers take Latin-1 and ASCII for Windows-1252, and so does everyone who writes those names (WHATWG Encoding, section 4.2).
    internal static Encoding? Declared(string? charset)
    {
        if (string.IsNullOrWhiteSpace(charset)) return null;
        var name = charset.Trim().ToLowerInvariant();
        if (name is "iso-8859-1" or "iso8859-1" or "latin1" or "latin-1" or "us-ascii" or "ascii" or "iso-8859-15") name = name == "iso-8859-15" ? name : "windows-1252";
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                ?? Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    internal static string? Try(Encoding encoding, ReadOnlySpan<byte> content)
    {
        try
        {
            return encoding.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    // No other controls, less than half of it, and three at least in a row: a single one stands where a character was.
    private static bool OnlyNul(ReadOnlySpan<byte> content)
    {
        var nuls = content.Count((byte)0);
        if (nuls * 2 >= content.Length || Controls(content) != nuls) return false;
        for (int at; (at = content.IndexOf((byte)0)) >= 0;)
        {
            content = content[at..];
            var stretch = content.IndexOfAnyExcept((byte)0);
            if (stretch < 0) stretch = content.Length;
            if (stretch < MinStretch) return false;
            content = content[stretch..];
        }

        return true;
    }

    private static bool HasControls(ReadOnlySpan<byte> content, out int nul)
    {
        nul = content.IndexOf((byte)0);
        return nul >= 0 || Controls(content) > 0;
    }

    // Not tab, line feed, form feed, carriage return.
    private static int Controls(ReadOnlySpan<byte> content)
    {
        var controls = 0;
        foreach (var value in content)
        {
            if (value < 0x20 && value is not (0x09 or 0x0A or 0x0C or 0x0D)) controls++;
        }

        return controls;
    }

    // Words of letters of one byte with spaces between: what of UTF-16 holds no zero holds hardly any.
    private static bool IsSpaced(ReadOnlySpan<byte> content)
    {
        var printed = 0;
        foreach (var value in content) printed += value is >= 0x20 and <= 0x7E ? 1 : 0;
        return printed * 4L > content.Length * 3L && content.Count((byte)' ') * 30L > content.Length;
    }

    // One broken byte in a book of UTF-8 does not make it Latin-1.
    private static bool MostlyUtf8(ReadOnlySpan<byte> content)
    {
        long right = 0, wrong = 0;
        while (!content.IsEmpty)
        {
            var ok = Rune.DecodeFromUtf8(content, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (!ok) wrong++;
            else if (rune.Value > 0x7F) right++;
            content = content[length..];
        }

        return right > 20 * wrong;
    }

    [GeneratedRegex(@"^\uFEFF+", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Mark();

    [GeneratedRegex("""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})""", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex MetaCharset();

    [GeneratedRegex("""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_:.-]{1,40})["']""", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex XmlEncoding();
}

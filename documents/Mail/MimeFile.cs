using System.Text;
using MimeKit;
using Serverless.Documents.Archives;
using Serverless.Documents.Encodings;

namespace Serverless.Documents.Mail;

/// <summary>Opens what is written as mail is (RFC 5322 and MIME), within its bounds.</summary>
internal static class MimeFile
{
    private const int MaxMimeDepth = 32;
    private const int MaxHeaderBytes = 256 * 1024;
    private const int MaxHeaderLines = 10_000;

    public static ParserOptions Options { get; } = new() { MaxMimeDepth = MaxMimeDepth };

    /// <param name="what">For the reason: "mail".</param>
    /// <exception cref="DocumentRejectedException">It is none, or a header of it is too long.</exception>
    public static MimeMessage Load(DocumentFile file, string what, ReadingScope scope)
    {
        var isWide = IsWide(file.Content.Span);
        if (isWide) file = file with { Content = Encoding.UTF8.GetBytes(TextDecoder.Decode(file.Content.Span)) };
        CheckHeaders(file.Content.Span, what);
        try
        {
            var message = Load(file, Options, scope);
            if (isWide) SayUtf8(message);
            else if (HeaderCharset(message) is { } charset) message = Load(file, charset, scope);
            if (message.Headers.Count > 0) return message;
        }
        catch (FormatException)
        {
            // As of a file of no headers.
        }

        throw new DocumentRejectedException($"The file is no {what}: it does not begin with header lines.");
    }

    /// <summary>A part's text. Its own charset is right where there is one and the bytes are of it: whoever wrote it said so.</summary>
    /// <exception cref="DocumentRejectedException">It is none.</exception>
    public static string Text(MimePart part, ReadingScope scope)
    {
        using var content = new MemoryStream();
        part.Content?.DecodeTo(content, scope.Cancellation);
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        return TextDecoder.Decode(bytes, part.ContentType.Charset ?? TextDecoder.DeclaredInHtml(bytes));
    }

    private static MimeMessage Load(DocumentFile file, ParserOptions options, ReadingScope scope)
    {
        using var stream = new UnpackingStream(file.Open(), scope, long.MaxValue);
        return MimeMessage.Load(options, stream, scope.Cancellation);
    }

    // A mail that an editor saved as "Unicode": the lines of a mail are ASCII, so that every second byte is nothing.
    private static bool IsWide(ReadOnlySpan<byte> mail) => mail is [0xFF, 0xFE, _, 0, ..] or [0xFE, 0xFF, 0, _, ..] or [> 0x20, 0, > 0x20, 0, ..] or [0, > 0x20, 0, > 0x20, ..];

    // What its parts say of their charset was true of the bytes before; what is written in letters of ASCII has kept them.
    private static void SayUtf8(MimeMessage message)
    {
        foreach (var part in message.BodyParts.OfType<MimePart>())
        {
            if (part.ContentTransferEncoding is not (ContentEncoding.Base64 or ContentEncoding.QuotedPrintable or ContentEncoding.UUEncode)) part.ContentType.Charset = "utf-8";
        }
    }

    // Programs that write headers in their own code page write the text in it too, and say so there. Where nobody says it, the letters do.
    private static ParserOptions? HeaderCharset(MimeMessage message)
    {
        var raw = message.Headers.Where(header => header.RawValue.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)0x7F) >= 0).SelectMany(header => header.RawValue).ToArray();
        if (raw.Length == 0 || System.Text.Unicode.Utf8.IsValid(raw)) return null;
        var said = TextDecoder.Declared(message.BodyParts.OfType<TextPart>().Select(part => part.ContentType.Charset).FirstOrDefault(charset => charset is not null and not "us-ascii"));
        var encoding = said is not null && TextDecoder.Try(said, raw) is not null ? said : CodePageGuess.Find(raw);
        if (encoding is null) return null;
        var options = Options.Clone();
        options.CharsetEncoding = encoding;
        return options;
    }

    // The parser copies all of a header for each of its lines. What looks like one in a text counts too: nobody writes such a text.
    internal static void CheckHeaders(ReadOnlySpan<byte> mail, string what)
    {
        var (isHeader, lines, bytes) = (false, 0, 0);
        while (!mail.IsEmpty)
        {
            var end = mail.IndexOf((byte)'\n') is >= 0 and var found ? found + 1 : mail.Length;
            var line = mail[..end];
            mail = mail[end..];
            var isFolded = isHeader && (line[0] is (byte)' ' or (byte)'\t');
            isHeader = isFolded ? isHeader : line.IndexOf((byte)':') is > 0 and var colon && !line[..colon].ContainsAnyExceptInRange((byte)'!', (byte)'~');
            (lines, bytes) = isFolded ? (lines + 1, bytes + line.Length) : (0, 0);
            if (isHeader && (lines > MaxHeaderLines || bytes > MaxHeaderBytes))
                throw new DocumentRejectedException($"A header of the {what} has more than {MaxHeaderLines} lines or {MaxHeaderBytes} bytes.", isLimit: true);
        }
    }
}

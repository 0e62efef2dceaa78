using MimeKit;
using Serverless.Functions.Ingestion.Readers.Text;

namespace Serverless.Functions.Ingestion.Readers;

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
        CheckHeaders(file.Content.Span, what);
        using var stream = new UnpackingStream(file.Open(), scope, long.MaxValue);
        try
        {
            var message = MimeMessage.Load(Options, stream, scope.Cancellation);
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

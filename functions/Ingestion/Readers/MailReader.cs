using System.Globalization;
using MimeKit;
using Serverless.Functions.Ingestion.Readers.Html;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Mail (RFC 5322 and MIME): subject, people and date, the text, and each attachment that has a reader.</summary>
public sealed class MailReader : IDocumentReader
{
    private const int MaxMimeDepth = 32;
    private const int MaxHeaderBytes = 256 * 1024;
    private const int MaxHeaderLines = 10_000;

    public IReadOnlyList<string> Extensions { get; } = [".eml"];

    public IReadOnlyList<string> MediaTypes { get; } = ["message/rfc822"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        CheckHeaders(file.Content.Span);
        using var stream = new UnpackingStream(new MemoryStream(file.Content.ToArray(), writable: false), scope, long.MaxValue);
        MimeMessage message;
        try
        {
            message = MimeMessage.Load(new ParserOptions { MaxMimeDepth = MaxMimeDepth }, stream, scope.Cancellation);
        }
        catch (FormatException)
        {
            throw new DocumentRejectedException("The file is no mail: it does not begin with header lines.");
        }

        if (message.Headers.Count == 0) throw new DocumentRejectedException("The file is no mail: it does not begin with header lines.");
        var builder = new ExtractedTextBuilder(scope);
        if (!string.IsNullOrWhiteSpace(message.Subject)) builder.AddHeading(1, message.Subject);
        AddPeople(message, builder);
        AddBody(message, builder, scope);
        AddAttachments(message, builder, scope);
        return builder.Build(message.Subject);
    }

    // The parser copies all of a header for each of its lines. What looks like one in a text counts too: nobody writes such a text.
    private static void CheckHeaders(ReadOnlySpan<byte> mail)
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
                throw new DocumentRejectedException($"A header of the mail has more than {MaxHeaderLines} lines or {MaxHeaderBytes} bytes.", isLimit: true);
        }
    }

    private static void AddPeople(MimeMessage message, ExtractedTextBuilder builder)
    {
        foreach (var (name, people) in (ReadOnlySpan<(string, InternetAddressList)>)[("From", message.From), ("To", message.To), ("Cc", message.Cc)])
        {
            if (people.Count > 0) builder.AddBlock($"{name}: {people}", apart: false);
        }

        if (message.Date != DateTimeOffset.MinValue) builder.AddBlock("Date: " + message.Date.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture), apart: false);
        builder.AddGap();
    }

    private static void AddBody(MimeMessage message, ExtractedTextBuilder builder, ReadingScope scope)
    {
        if (message.TextBody is { } text && !string.IsNullOrWhiteSpace(text))
        {
            builder.AddBlock(text.ReplaceLineEndings("\n"));
        }
        else if (message.HtmlBody is { } html)
        {
            new HtmlPage(html, isXhtml: false, scope).AddTo(builder);
        }
    }

    private static void AddAttachments(MimeMessage message, ExtractedTextBuilder builder, ReadingScope scope)
    {
        foreach (var attachment in message.Attachments)
        {
            scope.Check();
            using var content = new MemoryStream();
            string name, type;
            if (attachment is MessagePart { Message: { } inner })
            {
                inner.WriteTo(content, scope.Cancellation);
                (name, type) = ((inner.Subject ?? "message") + ".eml", "message/rfc822");
            }
            else if (attachment is MimePart { Content: { } packed } part)
            {
                packed.DecodeTo(content, scope.Cancellation);
                (name, type) = (part.FileName ?? "attachment", part.ContentType.MimeType);
            }
            else
            {
                continue;
            }

            if (scope.ReadInner(new DocumentFile(name, type, content.ToArray())) is { } document) builder.AddInner(name, document);
        }
    }
}

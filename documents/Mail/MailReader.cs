using System.Globalization;
using System.Text;
using MimeKit;
using MimeKit.Tnef;

namespace Serverless.Documents.Mail;

/// <summary>Mail (RFC 5322 and MIME): subject, people and date, the text, and each attachment that has a reader.</summary>
public sealed class MailReader : IDocumentReader
{
    // Characters of a plain text that may only say that there is another.
    private const int MaxStub = 200;

    // What reads winmail.dat asks for Windows-1252 when it is first used, before anything in MimeKit has made it known; where that fails, it fails for as long as the process lives.
    static MailReader() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public IReadOnlyList<string> Extensions { get; } = [".eml", ".emlx"];

    public IReadOnlyList<string> MediaTypes { get; } = ["message/rfc822"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var message = MimeFile.Load(file.Extension == ".emlx" ? Counted(file) : file, "mail", scope);
        SignedMail.Open(message, scope);
        Unwrap(message, scope);
        var builder = new ExtractedTextBuilder(scope);
        if (!string.IsNullOrWhiteSpace(message.Subject)) builder.AddHeading(1, message.Subject);
        AddPeople(message, builder);
        AddBodies(message.Body, builder, new MailPages(scope), scope);
        AddMeeting(message, builder, scope);
        AddAttachments(message, builder, scope);
        return builder.Build(message.Subject);
    }

    // Apple's Mail writes the number of the mail's bytes before it, and what the program knows of it after it.
    private static DocumentFile Counted(DocumentFile file)
    {
        var end = file.Content.Span.IndexOf((byte)'\n');
        if (end is <= 0 or > 20 || !int.TryParse(Encoding.ASCII.GetString(file.Content.Span[..end]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)) return file;
        var rest = file.Content[(end + 1)..];
        return file with { Content = rest[..Math.Min(bytes, rest.Length)] };
    }

    // Outlook's own format, in which a mail's text and attachments come as one file, winmail.dat, where the sender's server does not unpack it.
    private static void Unwrap(MimeMessage message, ReadingScope scope)
    {
        if (message.BodyParts.OfType<TnefPart>().FirstOrDefault() is not { Content: not null } wrapped) return;
        scope.Check();
        MimeMessage inner;
        try
        {
            inner = wrapped.ConvertToMessage();
        }
        catch (Exception broken) when (broken is TnefException or FormatException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return;
        }

        if (inner.Body is { } body) message.Body = message.Body == wrapped ? body : new Multipart("mixed") { message.Body!, body };
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

    // A mail may hold several texts one after the other: a list's footer, what follows a picture.
    private static void AddBodies(MimeEntity? root, ExtractedTextBuilder builder, MailPages pages, ReadingScope scope)
    {
        var open = new Stack<MimeEntity>();
        if (root is not null) open.Push(root);
        while (open.TryPop(out var entity))
        {
            switch (entity)
            {
                case MultipartAlternative choices when Best(choices, pages) is { } best:
                    open.Push(best);
                    break;
                case MultipartRelated { Root: { } page }:
                    open.Push(page);
                    break;
                // The boundary that its head names never comes: all of it stands before the first part.
                case Multipart { Count: 0, Preamble: { } text } when !string.IsNullOrWhiteSpace(text):
                    builder.AddBlock(text.ReplaceLineEndings("\n"));
                    break;
                case Multipart parts:
                    for (var i = parts.Count - 1; i >= 0; i--) open.Push(parts[i]);
                    break;
                case TextPart { IsAttachment: false } text:
                    AddText(text, builder, pages);
                    break;
                case MimePart { IsAttachment: false, Content: { } content } report when IsReport(report):
                    AddReport(content, builder, scope);
                    break;
            }
        }
    }

    // What became of a mail, in fields (RFC 3464, 8098 and 5965): often they alone say why it did not arrive.
    private static bool IsReport(MimePart part) =>
        part.ContentType.IsMimeType("message", "delivery-status") || part.ContentType.IsMimeType("message", "global-delivery-status") || part.ContentType.IsMimeType("message", "disposition-notification") || part.ContentType.IsMimeType("message", "feedback-report");

    private static void AddReport(IMimeContent content, ExtractedTextBuilder builder, ReadingScope scope)
    {
        using var fields = new MemoryStream();
        content.DecodeTo(fields, scope.Cancellation);
        var text = Encoding.UTF8.GetString(fields.GetBuffer(), 0, (int)fields.Length).ReplaceLineEndings("\n");
        foreach (var group in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) builder.AddBlock(group.Replace("\n ", " ", StringComparison.Ordinal).Replace("\n\t", " ", StringComparison.Ordinal));
    }

    // What many programs send to invite somebody has no other text.
    private static void AddMeeting(MimeMessage message, ExtractedTextBuilder builder, ReadingScope scope)
    {
        if (message.BodyParts.OfType<TextPart>().Any(part => !part.IsAttachment && (part.IsHtml || IsReadable(part)) && !string.IsNullOrWhiteSpace(part.Text))) return;
        foreach (var part in message.BodyParts.OfType<TextPart>().Where(part => !part.IsAttachment && part.ContentType.IsMimeType("text", "calendar")))
        {
            if (scope.ReadText(new DocumentFile("invite.ics", "text/calendar", Encoding.UTF8.GetBytes(part.Text))) is { } meeting) builder.AddBlock(meeting.Text);
        }
    }

    // What was written as plain text holds no marks to read past. Newsletters and programs write no more there than that this is not the text.
    private static MimeEntity? Best(MultipartAlternative choices, MailPages pages)
    {
        var plain = choices.OfType<TextPart>().FirstOrDefault(text => !text.IsHtml && !text.IsAttachment && IsReadable(text) && !string.IsNullOrWhiteSpace(text.Text));
        var rich = choices.LastOrDefault(part => part is Multipart or TextPart { IsHtml: true });
        return plain is null || IsStub(plain.Text, rich, pages) ? rich : plain;
    }

    private static bool IsStub(string plain, MimeEntity? rich, MailPages pages)
    {
        var length = ExtractedTextBuilder.OneLine(plain).Length;
        if (length > MaxStub || (rich as TextPart ?? (rich as MultipartRelated)?.Root as TextPart) is not { IsHtml: true } html) return false;
        return pages.Length(html) > (4 * length) + MaxStub;
    }

    private static void AddText(TextPart part, ExtractedTextBuilder builder, MailPages pages)
    {
        if (part.IsHtml) pages.Of(part).AddTo(builder);
        else if (IsReadable(part) && pages.Text(part) is var text && !string.IsNullOrWhiteSpace(text)) builder.AddBlock(IsEnriched(part) ? EnrichedText.Plain(text.ReplaceLineEndings("\n")) : (part.IsFlowed ? Unfolded(part, text) : text).ReplaceLineEndings("\n"));
    }

    // Calendars and cards are no text that was written to somebody.
    private static bool IsReadable(TextPart part) => part.IsPlain || IsEnriched(part) || part.ContentType.MediaSubtype is "markdown" or "x-markdown";

    private static bool IsEnriched(TextPart part) => part.ContentType.IsMimeType("text", "enriched") || part.ContentType.IsMimeType("text", "richtext");

    // RFC 3676, section 4: a line that ends with a space goes on in the next, but for the line before a signature.
    private static string Unfolded(TextPart part, string content)
    {
        var drop = string.Equals(part.ContentType.Parameters["delsp"], "yes", StringComparison.OrdinalIgnoreCase);
        var text = new StringBuilder(content.Length);
        var isOpen = false;
        var depth = 0;
        foreach (var raw in content.ReplaceLineEndings("\n").Split('\n'))
        {
            var quotes = raw.Length - raw.TrimStart('>').Length;
            var line = raw[quotes..] is [' ', ..] stuffed ? stuffed[1..] : raw[quotes..];
            if (isOpen && (quotes != depth || line == "-- ")) (isOpen, _) = (false, text.Append('\n'));
            if (!isOpen && quotes > 0) text.Append('>', quotes).Append(' ');
            depth = quotes;
            isOpen = line is [.., ' '] && line != "-- ";
            text.Append(isOpen && drop ? line[..^1] : line);
            if (!isOpen) text.Append('\n');
        }

        return text.ToString();
    }

    // Mails that are forwarded whole and files that are to be shown where they stand are seldom marked as attachments; pictures shown so are decoration.
    private static bool IsAttached(MimeEntity part) =>
        part.IsAttachment || part is MessagePart
        || (part is MimePart { FileName: not null } file && !part.ContentType.IsMimeType("image", "*") && !(file is TextPart text && (text.IsHtml || IsReadable(text))));

    private static void AddAttachments(MimeMessage message, ExtractedTextBuilder builder, ReadingScope scope)
    {
        foreach (var attachment in message.BodyParts.Where(IsAttached))
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

            if (scope.ReadAttached(new DocumentFile(name, type, content.ToArray())) is { } document) builder.AddInner(name, document);
        }
    }
}

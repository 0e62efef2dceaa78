using System.Globalization;
using System.Text;
using MimeKit.Tnef;
using Serverless.Documents.Compound;
using Serverless.Documents.Encodings;
using Serverless.Documents.Html;
using Serverless.Documents.Mail;

namespace Serverless.Documents.Outlook;

/// <summary>Mail as Outlook saves it ([MS-OXMSG]): subject, people, date, the text, and each attachment that has a reader, as <see cref="MailReader"/> reads others' mail.</summary>
public sealed class OutlookMessageReader : IDocumentReader
{
    private const string Broken = "The Outlook message is broken and cannot be read.";

    // Property ids of [MS-OXPROPS].
    private const ushort Subject = 0x0037, SenderName = 0x0C1A, SenderAddress = 0x5D01, SenderAnyAddress = 0x0C1F, To = 0x0E04, Cc = 0x0E03, Sent = 0x0039, Received = 0x0E06;
    private const ushort Body = 0x1000, Html = 0x1013, Rtf = 0x1009;
    private const ushort Content = 0x3701, LongName = 0x3707, ShortName = 0x3704, ShownName = 0x3001, Type = 0x370E, ContentId = 0x3712;

    // Before the tables of properties of a message, of one within another, and of an attachment.
    private const int Header = 32, InnerHeader = 24, AttachmentHeader = 8;

    public IReadOnlyList<string> Extensions { get; } = [".msg", ".oft"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/vnd.ms-outlook"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        try
        {
            var compound = new CompoundFile(file.Content, scope);
            return Read(compound, compound.Root, Header, scope, 0);
        }
        catch (InvalidDataException)
        {
            throw new DocumentRejectedException(Broken);
        }
    }

    private static ExtractedDocument Read(CompoundFile file, CompoundEntry storage, int header, ReadingScope scope, int depth)
    {
        var properties = new OutlookProperties(file, storage, header);
        var builder = new ExtractedTextBuilder(scope);
        var subject = properties.Text(Subject);
        if (subject is not null) builder.AddHeading(1, subject);
        AddPeople(properties, builder);
        AddBody(properties, builder, scope);
        foreach (var attachment in storage.Children.Values.Where(entry => !entry.IsStream && entry.Name.StartsWith("__attach_version1.0_#", StringComparison.OrdinalIgnoreCase)).OrderBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase))
        {
            AddAttachment(file, attachment, builder, scope, depth);
        }

        return builder.Build(subject);
    }

    private static void AddPeople(OutlookProperties properties, ExtractedTextBuilder builder)
    {
        var address = properties.Text(SenderAddress) ?? (properties.Text(SenderAnyAddress) is { } any && any.Contains('@', StringComparison.Ordinal) ? any : null);
        var sender = properties.Text(SenderName) is { } name ? address is null || address == name ? name : $"{name} <{address}>" : address;
        foreach (var (what, people) in (ReadOnlySpan<(string, string?)>)[("From", sender), ("To", properties.Text(To)), ("Cc", properties.Text(Cc))])
        {
            if (people is not null) builder.AddBlock($"{what}: {people}", apart: false);
        }

        if ((properties.Time(Sent) ?? properties.Time(Received)) is { } time) builder.AddBlock("Date: " + time.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture), apart: false);
        builder.AddGap();
    }

    private static void AddBody(OutlookProperties properties, ExtractedTextBuilder builder, ReadingScope scope)
    {
        if (properties.Text(Body) is { } text) builder.AddBlock(text);
        else if (properties.Bytes(Html) is { Length: > 0 } html) new HtmlPage(TextDecoder.Decode(html, TextDecoder.DeclaredInHtml(html)), isXhtml: false, scope).AddTo(builder);
        else if (properties.Text(Html) is { } page) new HtmlPage(page, isXhtml: false, scope).AddTo(builder);
        else if (properties.Bytes(Rtf) is { Length: > 0 } rtf && scope.ReadText(new DocumentFile("text.rtf", "application/rtf", Unpacked(rtf, scope))) is { } document) builder.AddBlock(document.Text);
    }

    // [MS-OXRTFCP].
    private static byte[] Unpacked(byte[] rtf, ReadingScope scope)
    {
        var unpacked = new RtfCompressedToRtf().Flush(rtf, 0, rtf.Length, out var start, out var length);
        scope.CountUnpacked(length);
        return unpacked.AsSpan(start, length).ToArray();
    }

    private static void AddAttachment(CompoundFile file, CompoundEntry storage, ExtractedTextBuilder builder, ReadingScope scope, int depth)
    {
        scope.Check();
        var properties = new OutlookProperties(file, storage, AttachmentHeader);
        var name = properties.Text(LongName) ?? properties.Text(ShortName) ?? properties.Text(ShownName);
        if (storage.Children.TryGetValue("__substg1.0_3701000D", out var inner) && !inner.IsStream)
        {
            var message = depth < scope.Limits.MaxArchiveDepth ? Read(file, inner, InnerHeader, scope, depth + 1) : scope.TooDeep();
            if (!string.IsNullOrWhiteSpace(message.Text)) builder.AddInner(name ?? message.Title ?? "message", message);
            return;
        }

        var type = properties.Text(Type);
        // Pictures that the text shows where they stand are decoration, as in other mail.
        if (properties.Bytes(Content) is not { Length: > 0 } content || (properties.Text(ContentId) is not null && type?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) == true)) return;
        name ??= "attachment";
        if (scope.ReadAttached(new DocumentFile(name, type, content)) is { } document) builder.AddInner(name, document);
    }
}

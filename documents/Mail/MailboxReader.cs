using System.Text;
using System.Text.RegularExpressions;
using MimeKit;

namespace Serverless.Documents.Mail;

/// <summary>Mailboxes in one file, as mail programs export them (mbox, RFC 4155): each mail under its subject, as <see cref="MailReader"/> reads it.</summary>
public sealed partial class MailboxReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".mbox"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/mbox"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        MimeFile.CheckHeaders(file.Content.Span, "mailbox");
        var builder = new ExtractedTextBuilder(scope);
        using var stream = file.Open();
        var parser = new MimeParser(MimeFile.Options, stream, MimeFormat.Mbox);
        try
        {
            while (!parser.IsEndOfStream)
            {
                using var message = parser.ParseMessage(scope.Cancellation);
                using var mail = new MemoryStream();
                message.WriteTo(mail, scope.Cancellation);
                var name = string.IsNullOrWhiteSpace(message.Subject) ? "mail" : message.Subject;
                if (scope.ReadAttached(new DocumentFile("mail.eml", "message/rfc822", Unquoted(mail.ToArray()))) is { } document) builder.AddInner(name, document);
            }
        }
        catch (FormatException)
        {
            throw new DocumentRejectedException("The file is no mailbox: its mails do not begin with a line \"From ...\" and header lines.");
        }

        return builder.Build();
    }

    // What would look like the next mail's first line was quoted when it was written (mboxrd).
    private static byte[] Unquoted(byte[] mail) => mail.AsSpan().IndexOf(">From "u8) < 0 ? mail : Encoding.Latin1.GetBytes(QuotedFrom().Replace(Encoding.Latin1.GetString(mail), "$1"));

    [GeneratedRegex("^>(>*From )", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex QuotedFrom();
}

using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using MimeKit;

namespace Serverless.Documents.Mail;

/// <summary>Mails that a signature encloses (S/MIME, RFC 8551, section 3.5.2), as Outlook sends them where it is set to: what they hold is not encrypted. The signature is not verified: nothing is trusted for it.</summary>
internal static class SignedMail
{
    // Some are signed by a sender, and then by his server.
    private const int MaxSignatures = 3;
    private const string Data = "1.2.840.113549.1.7.1";

    /// <summary>Puts what the signature encloses in its place; a mail that is encrypted stays as it is.</summary>
    public static void Open(MimeMessage message, ReadingScope scope)
    {
        for (var i = 0; i < MaxSignatures && message.Body is MimePart { Content: not null } part && part.ContentType.MediaSubtype is "pkcs7-mime" or "x-pkcs7-mime"; i++)
        {
            scope.Check();
            if (Enclosed(part, scope) is not { } inner) return;
            message.Body = inner;
        }
    }

    private static MimeEntity? Enclosed(MimePart part, ReadingScope scope)
    {
        using var packed = new MemoryStream();
        part.Content!.DecodeTo(packed, scope.Cancellation);
        try
        {
            var signed = new SignedCms();
            signed.Decode(packed.GetBuffer().AsSpan(0, (int)packed.Length));
            if (signed.ContentInfo.ContentType.Value != Data) return null;
            MimeFile.CheckHeaders(signed.ContentInfo.Content, "mail");
            using var content = new MemoryStream(signed.ContentInfo.Content, writable: false);
            return MimeEntity.Load(MimeFile.Options, content, scope.Cancellation);
        }
        catch (Exception broken) when (broken is CryptographicException or FormatException)
        {
            return null;
        }
    }
}

using MimeKit;
using Serverless.Documents.Mail;

namespace Serverless.Documents.Html;

/// <summary>A web page saved as one file (MHTML, RFC 2557): the page by <see cref="HtmlReader"/>'s rules, with the style sheets that came with it. Pictures and frames go.</summary>
public sealed class WebArchiveReader : IDocumentReader
{
    private const int MaxParts = 20_000;

    public IReadOnlyList<string> Extensions { get; } = [".mhtml", ".mht"];

    public IReadOnlyList<string> MediaTypes { get; } = ["multipart/related", "application/x-mimearchive"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var message = MimeFile.Load(file, "saved web page", scope);
        var parts = message.BodyParts.OfType<MimePart>().Take(MaxParts).ToList();
        var root = message.Body is MultipartRelated { Root: MimePart first } && IsPage(first) ? first : parts.FirstOrDefault(IsPage);
        if (root is null) throw new DocumentRejectedException("The file is no saved web page: no part of it is HTML.");
        var styles = parts.Where(part => part.ContentType.IsMimeType("text", "css")).ToList();
        var html = MimeFile.Text(root, scope);
        var page = new HtmlPage(html, root.ContentType.IsMimeType("application", "xhtml+xml"), scope, linked: href => Linked(href, root, styles, scope));
        var builder = new ExtractedTextBuilder(scope);
        page.AddTo(builder);
        return builder.Build(string.IsNullOrWhiteSpace(page.Title) ? message.Subject : page.Title);
    }

    private static bool IsPage(MimePart part) => part.ContentType.IsMimeType("text", "html") || part.ContentType.IsMimeType("application", "xhtml+xml");

    private static string? Linked(string href, MimePart page, List<MimePart> styles, ReadingScope scope)
    {
        scope.Check();
        href = System.Net.WebUtility.HtmlDecode(href);
        var name = href.StartsWith("cid:", StringComparison.OrdinalIgnoreCase) ? Uri.UnescapeDataString(href[4..]) : null;
        var address = Uri.TryCreate(page.ContentLocation, href, out var absolute) ? absolute : null;
        var style = styles.Find(part => name is not null ? part.ContentId == name : part.ContentLocation is { } location && (location == address || location.OriginalString == href));
        return style is null ? null : MimeFile.Text(style, scope);
    }
}

using System.IO.Compression;
using Serverless.Documents.Archives;
using Serverless.Documents.Encodings;
using Serverless.Documents.Html;

namespace Serverless.Documents.Books;

/// <summary>EPUB 2 and 3 (OCF and OPF): the chapters in the order of the spine, or of their names where there is none, each a page by <see cref="HtmlReader"/>'s rules.</summary>
public sealed class EpubReader : IDocumentReader
{
    // Style sheets of a book, each read once.
    private const int MaxStyles = 64;

    public IReadOnlyList<string> Extensions { get; } = [".epub"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/epub+zip"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        using var archive = ZipPackage.Open(file, "EPUB");
        var package = EpubPackage.Of(archive, scope);
        var builder = new ExtractedTextBuilder(scope);
        var styles = new Dictionary<string, string>(StringComparer.Ordinal);
        // Books are made where case does not tell names apart.
        var anyCase = new Lazy<Dictionary<string, ZipArchiveEntry>>(() => archive.Entries.DistinctBy(entry => entry.FullName, StringComparer.OrdinalIgnoreCase).ToDictionary(entry => entry.FullName, StringComparer.OrdinalIgnoreCase));
        foreach (var name in package.Chapters)
        {
            if (package.Encrypted.Contains(name)) throw new DocumentRejectedException("The EPUB is encrypted (DRM).");
            if (archive.GetEntry(name) is not { } entry && !anyCase.Value.TryGetValue(name, out entry)) continue;
            var content = ZipPackage.Read(entry, scope);
            var chapterFolder = EpubPackage.Folder(name);
            string? Linked(string href) => EpubPackage.Resolve(chapterFolder, href) is var linked && styles.TryGetValue(linked, out var known) ? known
                : styles.Count == MaxStyles || package.Encrypted.Contains(linked) || archive.GetEntry(linked) is not { } style ? null
                : styles[linked] = TextDecoder.Decode(ZipPackage.Read(style, scope), null);
            new HtmlPage(TextDecoder.Decode(content, TextDecoder.DeclaredInXml(content)), isXhtml: true, scope, linked: Linked).AddTo(builder);
            builder.AddGap();
        }

        return builder.Build(package.Title);
    }
}

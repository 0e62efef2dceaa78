using System.IO.Compression;
using System.Xml.Linq;
using Serverless.Functions.Ingestion.Readers.Html;
using Serverless.Functions.Ingestion.Readers.Text;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>EPUB 2 and 3 (OCF and OPF): the chapters in the order of the spine, each a page by <see cref="HtmlReader"/>'s rules.</summary>
public sealed class EpubReader : IDocumentReader
{
    // Style sheets of a book, each read once.
    private const int MaxStyles = 64;
    private const string Broken = "The EPUB is broken and cannot be read.";

    public IReadOnlyList<string> Extensions { get; } = [".epub"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/epub+zip"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        using var archive = ZipPackage.Open(file, "EPUB");
        var container = Xml(archive, "META-INF/container.xml", scope);
        var root = Descendants(container, "rootfile").Select(item => (string?)item.Attribute("full-path")).FirstOrDefault() ?? throw new DocumentRejectedException(Broken);
        var package = Xml(archive, root, scope);
        var items = Descendants(package, "item").Where(item => item.Attribute("id") is not null).DistinctBy(item => item.Attribute("id")!.Value)
            .ToDictionary(item => item.Attribute("id")!.Value, item => (string?)item.Attribute("href") ?? string.Empty);
        var encrypted = archive.GetEntry("META-INF/encryption.xml") is null
            ? []
            : Descendants(Xml(archive, "META-INF/encryption.xml", scope), "CipherReference").Select(item => (string?)item.Attribute("URI")).ToHashSet();
        var folder = root.Contains('/', StringComparison.Ordinal) ? root[..(root.LastIndexOf('/') + 1)] : string.Empty;
        var builder = new ExtractedTextBuilder(scope);
        var styles = new Dictionary<string, string>(StringComparer.Ordinal);
        // Books are made where case does not tell names apart.
        var anyCase = new Lazy<Dictionary<string, ZipArchiveEntry>>(() => archive.Entries.DistinctBy(entry => entry.FullName, StringComparer.OrdinalIgnoreCase).ToDictionary(entry => entry.FullName, StringComparer.OrdinalIgnoreCase));
        foreach (var chapter in Descendants(package, "itemref").Select(item => (string?)item.Attribute("idref")).Where(id => id is not null && items.ContainsKey(id)))
        {
            var name = Resolve(folder, items[chapter!]);
            if (encrypted.Contains(name)) throw new DocumentRejectedException("The EPUB is encrypted (DRM).");
            if (archive.GetEntry(name) is not { } entry && !anyCase.Value.TryGetValue(name, out entry)) continue;
            var content = ZipPackage.Read(entry, scope);
            var chapterFolder = name.Contains('/', StringComparison.Ordinal) ? name[..(name.LastIndexOf('/') + 1)] : string.Empty;
            string? Linked(string href) => Resolve(chapterFolder, href) is var linked && styles.TryGetValue(linked, out var known) ? known
                : styles.Count == MaxStyles || encrypted.Contains(linked) || archive.GetEntry(linked) is not { } style ? null
                : styles[linked] = TextDecoder.Decode(ZipPackage.Read(style, scope), null);
            new HtmlPage(TextDecoder.Decode(content, TextDecoder.DeclaredInXml(content)), isXhtml: true, scope, linked: Linked).AddTo(builder);
            builder.AddGap();
        }

        return builder.Build(Descendants(package, "title").FirstOrDefault()?.Value);
    }

    private static XDocument Xml(ZipArchive archive, string name, ReadingScope scope)
    {
        var entry = archive.GetEntry(name) ?? throw new DocumentRejectedException(Broken);
        using var reader = SafeXml.Read(new MemoryStream(ZipPackage.Read(entry, scope)));
        try
        {
            return XDocument.Load(reader);
        }
        catch (System.Xml.XmlException)
        {
            throw new DocumentRejectedException(Broken);
        }
    }

    private static IEnumerable<XElement> Descendants(XDocument document, string name) => document.Descendants().Where(element => element.Name.LocalName == name);

    // Hrefs are relative to the package's own folder, and percent-encoded.
    private static string Resolve(string folder, string href)
    {
        var parts = new List<string>();
        foreach (var part in (folder + Uri.UnescapeDataString(href.Split('#')[0])).Split('/'))
        {
            if (part == ".." && parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else if (part is not ("." or ".." or "")) parts.Add(part);
        }

        return string.Join('/', parts);
    }
}

using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Serverless.Documents.Archives;
using Serverless.Documents.Encodings;
using Serverless.Documents.Xml;

namespace Serverless.Documents.Books;

/// <summary>
/// What an EPUB says of itself (OCF's <c>META-INF/container.xml</c>, OPF's package) and, where it does not, what its files say: a package is found by its ending, and without one, or without a spine,
/// the chapters are its pages in the order of their names.
/// </summary>
internal sealed partial class EpubPackage
{
    private const string Container = "META-INF/container.xml";
    private const string Encryption = "META-INF/encryption.xml";

    private static readonly string[] Pages = [".xhtml", ".html", ".htm", ".xht"];

    private EpubPackage(string? title, IReadOnlyList<string> chapters, HashSet<string> encrypted) => (Title, Chapters, Encrypted) = (title, chapters, encrypted);

    public string? Title { get; }

    /// <summary>The names of the chapters' files in reading order, as the package has them.</summary>
    public IReadOnlyList<string> Chapters { get; }

    public HashSet<string> Encrypted { get; }

    /// <exception cref="DocumentRejectedException">It has no chapters.</exception>
    public static EpubPackage Of(ZipArchive archive, ReadingScope scope)
    {
        var encrypted = Descendants(Xml(archive.GetEntry(Encryption), scope), "CipherReference").Select(item => (string?)item.Attribute("URI") ?? string.Empty).ToHashSet(StringComparer.Ordinal);
        var (root, package) = Roots(archive, scope).Select(name => (Name: name, Content: Xml(archive.GetEntry(name), scope))).FirstOrDefault(item => item.Content is not null);
        var folder = root is null ? string.Empty : Folder(root);
        var items = Descendants(package, "item").Where(item => item.Attribute("id") is not null).DistinctBy(item => item.Attribute("id")!.Value).ToDictionary(item => item.Attribute("id")!.Value, item => (string?)item.Attribute("href") ?? string.Empty);
        var chapters = Descendants(package, "itemref").Select(item => (string?)item.Attribute("idref")).Where(id => id is not null && items.ContainsKey(id)).Select(id => Resolve(folder, items[id!])).ToList();
        if (chapters.Count == 0) chapters = [.. archive.Entries.Select(entry => entry.FullName).Where(name => ZipReader.IsFile(name) && Pages.Contains(Path.GetExtension(name).ToLowerInvariant())).Order(StringComparer.Ordinal)];
        if (chapters.Count == 0) throw new DocumentRejectedException("The EPUB is broken and cannot be read.");
        return new EpubPackage(Descendants(package, "title").FirstOrDefault()?.Value, chapters, encrypted);
    }

    public static string Folder(string name) => name[..(name.LastIndexOf('/') + 1)];

    /// <summary>Hrefs are relative to the folder of what names them, and percent-encoded.</summary>
    public static string Resolve(string folder, string href)
    {
        var parts = new List<string>();
        foreach (var part in (folder + Uri.UnescapeDataString(href.Split('#')[0])).Split('/'))
        {
            if (part == ".." && parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else if (part is not ("." or ".." or "")) parts.Add(part);
        }

        return string.Join('/', parts);
    }

    // What the container names, and what looks like a package.
    private static IEnumerable<string> Roots(ZipArchive archive, ReadingScope scope)
    {
        foreach (var name in Descendants(Xml(archive.GetEntry(Container), scope), "rootfile").Select(item => (string?)item.Attribute("full-path")).OfType<string>()) yield return name;
        foreach (var entry in archive.Entries.Where(entry => entry.FullName.EndsWith(".opf", StringComparison.OrdinalIgnoreCase) && ZipReader.IsFile(entry.FullName))) yield return entry.FullName;
    }

    // Null where it is not there or none. Made by hand, some have blanks before their declaration, or entities of HTML, which need a DTD.
    private static XDocument? Xml(ZipArchiveEntry? entry, ReadingScope scope)
    {
        if (entry is null) return null;
        var content = ZipPackage.Read(entry, scope);
        var text = Named().Replace(TextDecoder.Decode(content, TextDecoder.DeclaredInXml(content)).TrimStart(), match => WebUtility.HtmlDecode(match.Value));
        using var reader = SafeXml.Read(new StringReader(text));
        try
        {
            return XDocument.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static IEnumerable<XElement> Descendants(XDocument? document, string name) => document?.Descendants().Where(element => element.Name.LocalName == name) ?? [];

    [GeneratedRegex("&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,31};")]
    private static partial Regex Named();
}

using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;
using Serverless.Documents.Archives;
using Serverless.Documents.Xml;

namespace Serverless.Documents.Office;

/// <summary>
/// Takes out of a package what names a part that is not there, or an address that is none: the packaging library opens no such package, Office leaves the part out (ISO/IEC 29500-2, section 9.3: relationships).
/// </summary>
internal static class LooseEnds
{
    private const string Types = "[Content_Types].xml";

    /// <summary>The package without its loose relationships; null where it has none.</summary>
    /// <exception cref="InvalidDataException">It is no package.</exception>
    /// <exception cref="XmlException">One of its lists is broken.</exception>
    public static DocumentFile? Cut(DocumentFile file, ReadingScope scope)
    {
        var mended = Mended(file, scope);
        if (mended.Count == 0) return null;
        using var stream = new MemoryStream();
        stream.Write(file.Content.Span);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            foreach (var (name, list) in mended)
            {
                archive.GetEntry(name)?.Delete();
                using var written = archive.CreateEntry(name).Open();
                list.Save(written);
            }
        }

        return file with { Content = stream.ToArray() };
    }

    /// <summary>Lists of relationships that had loose ones, without them, by their entries' names.</summary>
    private static Dictionary<string, XDocument> Mended(DocumentFile file, ReadingScope scope)
    {
        var mended = new Dictionary<string, XDocument>(StringComparer.Ordinal);
        using var archive = ZipPackage.Open(file, "package");
        var typed = TypedParts(archive, scope);
        foreach (var entry in archive.Entries.Where(entry => entry.FullName.EndsWith(".rels", StringComparison.OrdinalIgnoreCase)))
        {
            scope.Check();
            var list = Load(entry, scope);
            var loose = list.Root!.Elements().Where(relationship => !Holds(relationship, entry.FullName, typed)).ToList();
            if (loose.Count == 0) continue;
            loose.ForEach(relationship => relationship.Remove());
            mended[entry.FullName] = list;
        }

        return mended;
    }

    private static bool Holds(XElement relationship, string list, HashSet<string> typed)
    {
        if ((string?)relationship.Attribute("Target") is not { } target) return false;
        if ((string?)relationship.Attribute("TargetMode") == "External") return Uri.TryCreate(target, UriKind.RelativeOrAbsolute, out _);
        return Uri.TryCreate(Base(list), target, out var part) && part.Host == Package.Host && typed.Contains(part.AbsolutePath);
    }

    private static readonly Uri Package = new("http://package/");

    // Targets are relative to the part whose list it is: xl/_rels/workbook.xml.rels is that of xl/workbook.xml.
    private static Uri Base(string list)
    {
        var at = list.LastIndexOf("_rels/", StringComparison.OrdinalIgnoreCase);
        return new Uri(Package, at > 0 ? list[..at] : string.Empty);
    }

    /// <summary>Paths of the entries that have a content type: others are no parts.</summary>
    private static HashSet<string> TypedParts(ZipArchive archive, ReadingScope scope)
    {
        var types = Load(archive.GetEntry(Types) ?? throw new InvalidDataException(), scope).Root!.Elements().ToList();
        var endings = types.Select(type => (string?)type.Attribute("Extension")).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        var parts = types.Select(type => (string?)type.Attribute("PartName")).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        return archive.Entries.Select(entry => new Uri(Package, entry.FullName).AbsolutePath)
            .Where(path => endings.Contains(Path.GetExtension(path).TrimStart('.')) || parts.Contains(path))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    private static XDocument Load(ZipArchiveEntry entry, ReadingScope scope)
    {
        using var xml = SafeXml.Read(new MemoryStream(ZipPackage.Read(entry, scope)), allowDtd: false);
        var document = XDocument.Load(xml);
        return document.Root is null ? throw new InvalidDataException() : document;
    }
}

using System.IO.Compression;
using System.Xml;
using Serverless.Documents.Archives;
using Serverless.Documents.Xml;

namespace Serverless.Documents.OpenDocument;

/// <summary>
/// OpenDocument (ISO/IEC 26300) as LibreOffice writes it, packed or as one XML file: texts with headings, lists, tables and notes, presentations with a slide a page, spreadsheets with a section a sheet.
/// </summary>
public sealed class OpenDocumentReader : IDocumentReader
{
    private const string Broken = "The OpenDocument file is broken and cannot be read.";

    public IReadOnlyList<string> Extensions { get; } = [".odt", ".ott", ".fodt", ".odp", ".otp", ".fodp", ".ods", ".ots", ".fods"];

    public IReadOnlyList<string> MediaTypes { get; } =
    [
        "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text-template", "application/vnd.oasis.opendocument.text-flat-xml",
        "application/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.presentation-template", "application/vnd.oasis.opendocument.presentation-flat-xml",
        "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet-template", "application/vnd.oasis.opendocument.spreadsheet-flat-xml",
    ];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        try
        {
            if (file.Content.Span is not [0x50, 0x4B, ..]) return Read([file.Open], scope);
            using var archive = ZipPackage.Open(file, "OpenDocument file");
            CheckEncryption(archive, scope);
            return Read([.. ((string[])["meta.xml", "styles.xml", "content.xml"]).Select(archive.GetEntry).OfType<ZipArchiveEntry>().Select(entry => (Func<Stream>)(() => Unpack(entry, scope)))], scope);
        }
        catch (Exception failure) when (failure is XmlException or InvalidDataException or ArgumentException)
        {
            // Their messages may quote the file.
            throw new DocumentRejectedException(Broken);
        }
    }

    private static Stream Unpack(ZipArchiveEntry entry, ReadingScope scope) => scope.Unpack(entry.Open(), scope.Limits.MaxUnpackedBytes);

    private static ExtractedDocument Read(IReadOnlyList<Func<Stream>> parts, ReadingScope scope)
    {
        var styles = new OpenDocumentStyles();
        var (builder, notes) = (new ExtractedTextBuilder(scope), new ExtractedTextBuilder(scope));
        string? title = null;
        var hasBody = false;
        foreach (var part in parts)
        {
            using var xml = SafeXml.Read(part());
            xml.Read();
            while (!xml.EOF)
            {
                scope.Check();
                switch (xml.NodeType == XmlNodeType.Element ? xml.LocalName : null)
                {
                    case "title" when title is null:
                        title = xml.ReadElementContentAsString();
                        continue;
                    case "master-styles" or "settings" or "scripts":
                        xml.Skip();
                        continue;
                    case "body":
                        hasBody = true;
                        using (var text = new OpenDocumentText(styles, builder, notes, scope)) text.Read(xml);
                        break;
                    case not null:
                        styles.Add(xml);
                        break;
                }

                xml.Read();
            }
        }

        if (!hasBody) throw new DocumentRejectedException(Broken);
        if (!notes.IsEmpty) builder.AddInner("Notes", notes.Build());
        return builder.Build(string.IsNullOrWhiteSpace(title) ? null : title);
    }

    private static void CheckEncryption(ZipArchive archive, ReadingScope scope)
    {
        if (archive.GetEntry("META-INF/manifest.xml") is not { } entry) return;
        using var xml = SafeXml.Read(Unpack(entry, scope));
        while (xml.Read())
        {
            if (xml.LocalName == "encryption-data") throw new DocumentRejectedException("The OpenDocument file is encrypted: save it without a password.");
        }
    }
}

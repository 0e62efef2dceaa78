using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;
using Serverless.Documents.Archives;
using Serverless.Documents.Xml;

namespace Serverless.Documents.Office;

/// <summary>Office Open XML (ISO/IEC 29500): opens packages and streams their parts, within bounds.</summary>
internal static class OfficePackage
{
    private const int PieceCharacters = 4096;
    private const int MaxParts = 20_000;
    private const int MaxDirectoryBytes = 8 * 1024 * 1024;

    /// <param name="what">For the reason: "Word document".</param>
    /// <exception cref="DocumentRejectedException">It is broken, encrypted or too much.</exception>
    public static ExtractedDocument Read<T>(DocumentFile file, string what, ReadingScope scope, Func<Stream, OpenSettings, T> open, Func<T, ExtractedDocument> read)
        where T : OpenXmlPackage
    {
        // An OLE compound file: what Office wraps around an encrypted package, and its formats of before 2007.
        if (file.Content.Span is [0xD0, 0xCF, 0x11, 0xE0, ..])
            throw new DocumentRejectedException($"The {what} is encrypted, or in the format of Office before 2007: save it without a password, or in the newer format.");
        file = CheckDirectory(file, what, scope);
        try
        {
            return Read(file, open, read);
        }
        catch (Exception failure) when (IsOfTheFile(failure))
        {
            if (WithoutLooseEnds(file, scope) is { } whole)
            {
                try
                {
                    return Read(whole, open, read);
                }
                catch (Exception again) when (IsOfTheFile(again))
                {
                    // As it was before.
                }
            }

            // Their messages may quote the file.
            throw new DocumentRejectedException($"The {what} is broken and cannot be read.");
        }
    }

    private static ExtractedDocument Read<T>(DocumentFile file, Func<Stream, OpenSettings, T> open, Func<T, ExtractedDocument> read)
        where T : OpenXmlPackage
    {
        var stream = file.Open();
        using var package = open(stream, new OpenSettings { AutoSave = false, MaxCharactersInPart = MaxDirectoryBytes });
        return read(package);
    }

    /// <summary>What a reader makes of one sheet or slide; null where that is broken, which leaves the others readable.</summary>
    /// <param name="isBroken">Set where it is.</param>
    public static T? TryPart<T>(Func<T> read, ref bool isBroken)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is XmlException or InvalidDataException)
        {
            isBroken = true;
            return null;
        }
    }

    private static bool IsOfTheFile(Exception failure) =>
        failure is OpenXmlPackageException or XmlException or InvalidDataException or FileFormatException or FormatException or ArgumentException or KeyNotFoundException or NullReferenceException or InvalidOperationException or UriFormatException;

    private static DocumentFile? WithoutLooseEnds(DocumentFile file, ReadingScope scope)
    {
        try
        {
            return LooseEnds.Cut(file, scope);
        }
        catch (Exception failure) when (IsOfTheFile(failure))
        {
            return null;
        }
    }

    /// <summary>What its properties call it; null where they say nothing, or are broken, which no program minds.</summary>
    public static string? Title(OpenXmlPackage package)
    {
        try
        {
            return package.PackageProperties.Title is { } title && !string.IsNullOrWhiteSpace(title) ? title : null;
        }
        catch (Exception failure) when (failure is XmlException or FileFormatException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A part's XML from its beginning; a DTD, which the format forbids, ends it.</summary>
    public static XmlReader Xml(OpenXmlPart part, ReadingScope scope) =>
        SafeXml.Read(scope.Unpack(part.GetStream(FileMode.Open, FileAccess.Read), scope.Limits.MaxUnpackedBytes), allowDtd: false);

    /// <summary>The part that an element's attribute names by its relationship; null where there is none.</summary>
    public static OpenXmlPart? Related(OpenXmlPart part, XmlReader xml, string attribute)
    {
        var id = xml.GetAttribute(attribute, "http://schemas.openxmlformats.org/officeDocument/2006/relationships") ?? xml.GetAttribute(attribute, "http://purl.oclc.org/ooxml/officeDocument/relationships");
        return id is not null && part.TryGetPartById(id, out var related) ? related : null;
    }

    /// <summary>Appends the text that the reader stands on, piece by piece: one node may be all that a part holds.</summary>
    /// <returns>How many characters it is.</returns>
    /// <exception cref="DocumentRejectedException">It is more than a file's text may be.</exception>
    public static int AppendText(XmlReader xml, StringBuilder text, ReadingScope scope)
    {
        var before = text.Length;
        var piece = ArrayPool<char>.Shared.Rent(PieceCharacters);
        try
        {
            for (int count; (count = xml.ReadValueChunk(piece, 0, PieceCharacters)) > 0;)
            {
                text.Append(piece, 0, count);
                scope.CheckText(text.Length);
            }

            return text.Length - before;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(piece);
        }
    }

    // The packaging library reads these whole before anybody can count.
    private static DocumentFile CheckDirectory(DocumentFile file, string what, ReadingScope scope)
    {
        using var archive = ZipPackage.Open(ref file, what);
        if (archive.Entries.Count > MaxParts) throw new DocumentRejectedException($"The {what} has {archive.Entries.Count} parts; {MaxParts} are permitted.", isLimit: true);
        long bytes = 0;
        foreach (var entry in archive.Entries)
        {
            if (entry.FullName != "[Content_Types].xml" && !entry.FullName.EndsWith(".rels", StringComparison.OrdinalIgnoreCase)) continue;
            bytes += ZipPackage.Read(entry, scope).Length;
            if (bytes > MaxDirectoryBytes) throw new DocumentRejectedException($"The {what}'s lists of parts take more than {MaxDirectoryBytes} bytes.", isLimit: true);
        }

        return archive.Entries.Any(entry => entry.FullName.Contains('\\', StringComparison.Ordinal)) ? SlashedNames.Mend(file, archive, scope) : file;
    }
}

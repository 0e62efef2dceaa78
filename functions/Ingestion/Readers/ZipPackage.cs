using System.IO.Compression;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Opens archives, and parts of them, within their bounds.</summary>
internal static class ZipPackage
{
    /// <param name="what">For the reason: "ZIP archive".</param>
    /// <exception cref="DocumentRejectedException">It is broken.</exception>
    public static ZipArchive Open(DocumentFile file, string what)
    {
        var stream = file.Open();
        try
        {
            var archive = new ZipArchive(stream, ZipArchiveMode.Read);
            // Reads the directory.
            _ = archive.Entries.Count;
            return archive;
        }
        catch (InvalidDataException)
        {
            throw new DocumentRejectedException($"The {what} is broken and cannot be read.");
        }
    }

    /// <exception cref="DocumentRejectedException">It is broken, encrypted or unpacks to too much.</exception>
    public static byte[] Read(ZipArchiveEntry entry, ReadingScope scope)
    {
        try
        {
            return scope.UnpackAll(entry.Open(), entry.CompressedLength);
        }
        catch (InvalidDataException)
        {
            throw new DocumentRejectedException("A file in the archive is broken or packed in a way that is not supported.");
        }
    }
}

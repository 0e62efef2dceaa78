using System.IO.Compression;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Opens archives, and parts of them, within their bounds.</summary>
internal static class ZipPackage
{
    /// <summary>An archive, its directory made anew where that cannot be read.</summary>
    /// <param name="what">For the reason: "ZIP archive".</param>
    /// <exception cref="DocumentRejectedException">It is broken.</exception>
    public static ZipArchive Open(DocumentFile file, string what) =>
        TryOpen(file) ?? (ZipRepair.Mend(file.Content.Span) is { } mended ? TryOpen(file with { Content = mended }) : null) ?? throw new DocumentRejectedException($"The {what} is broken and cannot be read.");

    /// <summary>The file itself, or with a directory made anew where its own cannot be read.</summary>
    public static DocumentFile Whole(DocumentFile file)
    {
        using var archive = TryOpen(file);
        return archive is null && ZipRepair.Mend(file.Content.Span) is { } mended ? file with { Content = mended } : file;
    }

    private static ZipArchive? TryOpen(DocumentFile file)
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
            return null;
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

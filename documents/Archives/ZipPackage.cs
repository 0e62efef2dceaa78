using System.IO.Compression;

namespace Serverless.Documents.Archives;

/// <summary>Opens archives, and parts of them, within their bounds.</summary>
internal static class ZipPackage
{
    /// <summary>An archive, its directory made anew where that cannot be read.</summary>
    /// <param name="what">For the reason: "ZIP archive".</param>
    /// <exception cref="DocumentRejectedException">It is broken.</exception>
    public static ZipArchive Open(DocumentFile file, string what) => Open(ref file, what);

    /// <summary>The same, for who reads the file besides.</summary>
    /// <param name="file">Becomes the one with a directory made anew.</param>
    public static ZipArchive Open(ref DocumentFile file, string what)
    {
        var archive = TryOpen(file);
        if (archive is null && ZipRepair.Mend(file.Content.Span) is { } mended)
        {
            file = file with { Content = mended };
            archive = TryOpen(file);
        }

        return archive ?? throw new DocumentRejectedException($"The {what} is broken and cannot be read.");
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

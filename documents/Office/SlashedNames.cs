using System.IO.Compression;
using Serverless.Documents.Archives;

namespace Serverless.Documents.Office;

/// <summary>Packages whose parts were packed under names with backslashes, as some programs for Windows do against the format of ZIP (APPNOTE 4.4.17): Office opens them, the packaging library finds no part.</summary>
internal static class SlashedNames
{
    /// <summary>The same package with slashes. What it unpacks to counts as unpacked.</summary>
    public static DocumentFile Mend(DocumentFile file, ZipArchive archive, ReadingScope scope)
    {
        using var stream = new MemoryStream();
        using (var mended = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in archive.Entries.Where(entry => entry.FullName is [.., not ('/' or '\\')]))
            {
                scope.Check();
                using var written = mended.CreateEntry(entry.FullName.Replace('\\', '/'), CompressionLevel.Fastest).Open();
                written.Write(ZipPackage.Read(entry, scope));
            }
        }

        return file with { Content = stream.ToArray() };
    }
}

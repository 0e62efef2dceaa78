using System.IO.Compression;

namespace Serverless.Documents.Archives;

/// <summary>Archives: each file in it that has a reader, under its own name. What an archive says of its sizes is not believed.</summary>
public sealed class ZipReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".zip"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/zip", "application/x-zip-compressed"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var builder = new ExtractedTextBuilder(scope);
        using var archive = ZipPackage.Open(ref file, "ZIP archive");
        // Of a document of Pages, Numbers or Keynote the other parts are for those programs.
        var preview = archive.GetEntry("QuickLook/Preview.pdf");
        var (read, encrypted, broken) = (0, 0, (DocumentRejectedException?)null);
        foreach (var (entry, written) in archive.Entries.Zip(ZipNames.Of(file, archive)))
        {
            scope.Check();
            // Some of Windows' programs part folders by backslashes.
            var name = written.Replace('\\', '/');
            if (!IsFile(name) || (preview is not null && entry != preview)) continue;
            if (entry.IsEncrypted)
            {
                encrypted++;
                continue;
            }

            // Named but not unpacked where nothing reads it.
            try
            {
                if (scope.ReadInner(new DocumentFile(name, null, ZipPackage.Read(entry, scope))) is not { } document) continue;
                builder.AddInner(name, document);
                read++;
            }
            catch (DocumentRejectedException one) when (!one.IsLimit)
            {
                // Its neighbours are read all the same.
                broken = one;
            }
        }

        if (read == 0 && broken is not null) throw broken;
        if (read == 0 && encrypted > 0) throw new DocumentRejectedException("The ZIP archive is encrypted: a password is needed.");
        return read == 0 ? throw new DocumentRejectedException("The ZIP archive holds no file that can be read.") : builder.Build();
    }

    internal static bool IsFile(string name) =>
        !name.EndsWith('/') && !name.StartsWith("__MACOSX/", StringComparison.Ordinal) && !Path.GetFileName(name).StartsWith('.');
}

using System.IO.Compression;

namespace Serverless.Documents.Archives;

/// <summary>One file packed by gzip (RFC 1952): by the reader of what is in it, whose name is its own without the ending.</summary>
public sealed class GzipReader : IDocumentReader
{
    public IReadOnlyList<string> Extensions { get; } = [".gz", ".tgz"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/gzip", "application/x-gzip", "application/x-compressed-tar"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var name = file.Extension switch
        {
            ".gz" => file.Path[..^".gz".Length],
            ".tgz" => Path.ChangeExtension(file.Path, ".tar"),
            _ => file.MediaType == "application/x-compressed-tar" ? file.Path + ".tar" : file.Path,
        };
        return scope.ReadInner(new DocumentFile(name, null, Unpack(file, scope))) ?? throw new DocumentRejectedException("The file packed by gzip is none that can be read.");
    }

    private static byte[] Unpack(DocumentFile file, ReadingScope scope)
    {
        var packed = file.Open();
        try
        {
            var content = scope.UnpackAll(new GZipStream(packed, CompressionMode.Decompress), file.Content.Length);
            // Of a file that is cut off at its beginning too.
            if (content.Length > 0) return content;
        }
        catch (InvalidDataException)
        {
            // Told below.
        }

        throw new DocumentRejectedException("The gzip file is empty or broken and cannot be read.");
    }
}

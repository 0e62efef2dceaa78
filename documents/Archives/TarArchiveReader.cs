using System.Formats.Tar;

namespace Serverless.Documents.Archives;

/// <summary>Archives of tar, of any of its formats: each file in it that has a reader, under its own name. Links go.</summary>
public sealed class TarArchiveReader : IDocumentReader
{
    private const string Broken = "The tar archive is broken and cannot be read.";

    public IReadOnlyList<string> Extensions { get; } = [".tar"];

    public IReadOnlyList<string> MediaTypes { get; } = ["application/x-tar", "application/x-gtar"];

    public ExtractedDocument Read(DocumentFile file, ReadingScope scope)
    {
        var builder = new ExtractedTextBuilder(scope);
        var stream = file.Open();
        try
        {
            using var archive = new TarReader(stream);
            while (archive.GetNextEntry() is { } entry)
            {
                scope.CountElement();
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || entry.DataStream is not { } data || !ZipReader.IsFile(entry.Name)) continue;
                if (scope.ReadInner(new DocumentFile(entry.Name, null, scope.UnpackAll(data, data.Length))) is { } document) builder.AddInner(entry.Name, document);
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or NotSupportedException)
        {
            // What stands before the place is right, as in one that was cut off.
            if (builder.IsEmpty) throw new DocumentRejectedException(Broken);
        }

        return builder.IsEmpty ? throw new DocumentRejectedException("The tar archive holds no file that can be read.") : builder.Build();
    }
}

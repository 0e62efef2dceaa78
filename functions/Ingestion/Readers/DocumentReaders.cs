using Serverless.Contracts;

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Picks the reader for a file and checks what comes out of it.</summary>
public sealed class DocumentReaders(IEnumerable<IDocumentReader> readers)
{
    private readonly IReadOnlyList<IDocumentReader> _readers = [.. readers];

    /// <summary>
    /// Reads a file by its extension or, where that says nothing, by its media type: storage clients that drop files seldom set a true type.
    /// </summary>
    /// <exception cref="DocumentRejectedException">The type is not supported, or the file is empty, unreadable or holds a control tag.</exception>
    public ExtractedDocument Read(string path, string? contentType, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var reader = Find(path, contentType) ?? throw new DocumentRejectedException($"The file's type is not supported. Supported: {Supported}.");
        if (content.IsEmpty) throw new DocumentRejectedException("The file is empty.");

        var document = reader.Read(content, cancellationToken);
        if (string.IsNullOrWhiteSpace(document.Text)) throw new DocumentRejectedException("The file holds no text.");
        if (Llama2Tags.Find(document.Text) is { } found)
            throw new DocumentRejectedException($"The text holds the control tag '{found.Tag}' at character {found.Offset}; documents must not contain chat tags.");
        return document;
    }

    private string Supported => string.Join(", ", _readers.SelectMany(reader => reader.Extensions).Order(StringComparer.Ordinal));

    private IDocumentReader? Find(string path, string? contentType)
    {
        var extension = Path.GetExtension(path).ToLowerInvariant();
        var mediaType = contentType?.Split(';', 2)[0].Trim().ToLowerInvariant();
        return _readers.FirstOrDefault(reader => reader.Extensions.Contains(extension))
            ?? (extension.Length == 0 || extension.Contains(' ') ? _readers.FirstOrDefault(reader => mediaType is not null && reader.MediaTypes.Contains(mediaType)) : null);
    }
}

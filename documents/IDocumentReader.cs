namespace Serverless.Documents;

/// <summary>Reads one file format. Pure: no I/O, nothing executed, nothing fetched, nothing written to disk.</summary>
public interface IDocumentReader
{
    /// <summary>File name extensions in lower case, with the dot.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>Media types in lower case, without parameters.</summary>
    IReadOnlyList<string> MediaTypes { get; }

    /// <exception cref="DocumentRejectedException">The bytes are not of this format, or cost more than <see cref="ReadingScope.Limits"/> permit.</exception>
    /// <exception cref="NeedsOcrException">The format is right, but what it shows is a picture.</exception>
    /// <exception cref="OperationCanceledException">Time is up.</exception>
    ExtractedDocument Read(DocumentFile file, ReadingScope scope);
}

namespace Serverless.Functions.Ingestion.Readers;

/// <summary>Reads one file format.</summary>
public interface IDocumentReader
{
    /// <summary>File name extensions in lower case, with the dot.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>Media types in lower case, without parameters.</summary>
    IReadOnlyList<string> MediaTypes { get; }

    /// <exception cref="DocumentRejectedException">The bytes are not of this format.</exception>
    ExtractedDocument Read(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);
}

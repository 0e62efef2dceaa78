using System.Runtime.InteropServices;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Transfers.Exports;

/// <summary>A line of an export's part: a chunk as the index holds it.</summary>
/// <param name="Start">Where its text stands in the document's, in UTF-16 units.</param>
/// <param name="Vector">Little-endian float32, in Base64.</param>
public sealed record ExportedChunk(
    string Id, string Document, int Ordinal, int Start, int End, int? Page, string? Heading, int Tokens, string Text, IReadOnlyList<string> Groups, IReadOnlyList<string> Users,
    IReadOnlyDictionary<string, string> Metadata, string? VectorKey, byte[] Vector)
{
    public static ExportedChunk Of(IndexedChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        return new ExportedChunk(
            chunk.Id, chunk.Document, chunk.Ordinal, chunk.Start, chunk.End, chunk.Page, chunk.Heading, chunk.Tokens, chunk.Text, chunk.Groups, chunk.Users, chunk.Metadata, chunk.VectorKey,
            MemoryMarshal.AsBytes(chunk.Embedding!.Value.Span).ToArray());
    }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Id} [{Text.Length} chars]";
}

using Azure;

namespace Serverless.Functions.Ingestion.State;

/// <summary>A document as its blob says.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Content">Null where it was not asked for or is larger than was wanted.</param>
public sealed record DocumentHead(ETag ETag, long Size, string? ContentType, IDictionary<string, string> Metadata, ReadOnlyMemory<byte>? Content)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Size} bytes]";
}

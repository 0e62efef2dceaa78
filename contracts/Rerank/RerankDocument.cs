using System.Text.Json.Serialization;

namespace Serverless.Contracts.Rerank;

/// <summary>A document to rank: written <c>{"text": ...}</c>, read so or as the bare text.</summary>
[JsonConverter(typeof(RerankDocumentConverter))]
public sealed record RerankDocument(string Text)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text?.Length ?? 0} chars]";
}

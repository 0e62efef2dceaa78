namespace Serverless.Functions.Mcp;

/// <summary>What <c>fetch</c> gives, in the shape that OpenAI's connectors ask for.</summary>
/// <param name="Metadata">Names to texts: <c>collection</c>, <c>document</c>, <c>start</c>, <c>end</c> and <c>length</c> in characters, and ids of what stands before and after it, where there is more.</param>
public sealed record FetchedText(string Id, string Title, string Text, string Url, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars]";
}

namespace Serverless.Functions.Providers;

/// <summary>Documents to score by how well each answers a query.</summary>
/// <param name="Client">An opaque name of the client that they are for.</param>
public sealed record RerankCall(string Query, IReadOnlyList<string> Documents, string? Client = null)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Documents.Count} documents]";
}

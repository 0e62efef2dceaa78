namespace Serverless.Functions.Retrieval.Index;

/// <summary>Section <c>Search</c>: the AI Search service.</summary>
public sealed class ChunkIndexOptions
{
    public const string Section = "Search";

    /// <summary>For example <c>https://name.search.windows.net</c>.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>An admin key; null: the app's identity.</summary>
    public string? ApiKey { get; set; }

    /// <summary>The analyzer of text fields when an index is created, for example <c>en.microsoft</c> or <c>standard.lucene</c>.</summary>
    public string Analyzer { get; set; } = "en.microsoft";
}

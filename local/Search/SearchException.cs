namespace Serverless.Local.Search;

/// <summary>A request that AI Search refuses; its message is sent in the error body and never contains document text.</summary>
internal sealed class SearchException(int status, string message, string code = "") : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public static SearchException BadRequest(string message, string code = "") => new(400, message, code);

    public static SearchException Unsupported(string what) =>
        new(400, $"The local AI Search emulator does not support {what}; Azure AI Search does.", "NotSupportedByEmulator");

    /// <summary>As a service of the free tier says it.</summary>
    public static SearchException NoSemanticRanker() => new(400, "Semantic search is not enabled for this service.\r\nParameter name: queryType", "FeatureNotSupportedInService");

    public static SearchException NoIndex(string name) => new(404, $"No index with the name '{name}' was found in the local AI Search emulator.");
}

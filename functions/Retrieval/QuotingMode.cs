namespace Serverless.Functions.Retrieval;

/// <summary>How an answer quotes; the values of a rag route's <c>quoting</c>.</summary>
public static class QuotingMode
{
    /// <summary>As the model writes it.</summary>
    public const string Free = "free";

    /// <summary>What stands in quotation marks stands in a passage, byte for byte. For completions routes of a self-hosted worker.</summary>
    public const string Constrained = "constrained";

    public static readonly IReadOnlyList<string> All = [Free, Constrained];
}

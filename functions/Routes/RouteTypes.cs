namespace Serverless.Functions.Routes;

/// <summary>The kinds of route, by MLflow AI Gateway's names and two of ours.</summary>
public static class RouteTypes
{
    public const string Completions = "llm/v1/completions";
    public const string Chat = "llm/v1/chat";
    public const string Embeddings = "llm/v1/embeddings";

    /// <summary>Documents in the order in which they answer a query.</summary>
    public const string Rerank = "llm/v1/rerank";

    /// <summary>Questions answered from a collection of documents.</summary>
    public const string Answers = "rag/v1/answers";

    public static IReadOnlyList<string> All { get; } = [Completions, Chat, Embeddings, Rerank, Answers];
}

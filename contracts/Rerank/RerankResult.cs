namespace Serverless.Contracts.Rerank;

/// <param name="Index">Of the document in the request.</param>
/// <param name="RelevanceScore">Higher is better; from 0 to 1 of the worker and of Cohere.</param>
/// <param name="Document">Null where it was not asked for.</param>
public sealed record RerankResult(int Index, double RelevanceScore, RerankDocument? Document = null);

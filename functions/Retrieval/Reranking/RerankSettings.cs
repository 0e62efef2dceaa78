namespace Serverless.Functions.Retrieval.Reranking;

/// <summary>The <c>rerank</c> block of a rag route, and of a search: what is found is ranked once more by a model that reads question and passage together.</summary>
/// <param name="Route">An <c>llm/v1/rerank</c> route.</param>
/// <param name="Candidates">Passages that are ranked, 1..50; what was found beyond them is left out.</param>
/// <param name="Floor">Least score of the best passage, 0..1: below it a rag route refuses, whatever its <c>relevance_floor</c>. Null: as measured for the model, beside what was measured for the encoder's similarity, where the route sets no <c>relevance_floor</c>; otherwise the similarity is judged as without a reranker.</param>
public sealed record RerankSettings(string Route, int Candidates = 20, double? Floor = null);

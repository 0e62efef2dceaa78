namespace Serverless.Functions.Dispatch;

/// <summary>How well documents answer a query.</summary>
/// <param name="Scores">One for each document, in their order; higher is better.</param>
/// <param name="Model">The model behind the route, as it names itself.</param>
/// <param name="PromptTokens">Null when the provider does not say.</param>
public sealed record RerankBatch(IReadOnlyList<double> Scores, string Model, int? PromptTokens);

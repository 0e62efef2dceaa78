using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Progress;

/// <summary>How the documents of a collection get on.</summary>
/// <param name="States">How many there are in each state.</param>
/// <param name="Percent">0..100: the mean over all documents, failed ones counted as done.</param>
/// <param name="Chunks">Of documents that are ready.</param>
/// <param name="LastError">Of the document that failed last.</param>
/// <param name="Complete">False when there are more documents than one answer counts.</param>
/// <param name="UpdatedAt">When one of them changed last.</param>
/// <param name="Tokens">Of the chunks of documents that are ready.</param>
/// <param name="EmbeddedTokens">Tokens that have been embedded for these documents since they came.</param>
/// <param name="CostUsd">What these cost by the price table of their time; null where that had no price.</param>
public sealed record ProgressSummary(
    string Collection, int Documents, IReadOnlyDictionary<DocumentState, int> States, int Percent, long Chunks, string? LastError, bool Idle, bool Complete, DateTimeOffset? UpdatedAt = null, long Tokens = 0,
    long EmbeddedTokens = 0, decimal? CostUsd = null);

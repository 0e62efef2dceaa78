using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Limits.Prices;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Serverless.Functions.Ingestion;

/// <summary>A document as callers see it.</summary>
/// <param name="Document">Its path within the collection.</param>
/// <param name="Percent">0..100.</param>
/// <param name="UpdatedAt">UTC, always with seven decimals, so that its text sorts as its time does.</param>
/// <param name="Size">Bytes of the blob.</param>
/// <param name="EmbeddedTokens">Tokens that have been embedded for it since it came; what was found again is not among them.</param>
/// <param name="CostUsd">What these cost by the price table of their time; null where that had no price for the route.</param>
/// <param name="DurationMs">How long its last pass took until it was ready or failed; null where none has ended.</param>
/// <param name="Attempts">Passes over its present content and settings.</param>
/// <param name="LastError">Why it failed last, although it is not failed now.</param>
/// <param name="Tokens">Of its chunks, as the embedding model counts them; 0 where it was ingested before they were counted.</param>
public sealed record DocumentView(
    string Collection, string Document, DocumentState State, int Percent, int Chunks,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Error,
    string UpdatedAt, long Size, long Tokens = 0, long EmbeddedTokens = 0, decimal? CostUsd = null, long? DurationMs = null, int Attempts = 0, string? LastError = null)
{
    internal static DocumentView Of(DocumentName document, DocumentStatus status) => new(
        document.Collection, document.Path, status.State, status.Percent, status.Chunks, status.Error,
        status.UpdatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture), status.Size, status.Tokens,
        status.EmbeddedTokens, status.Cost > 0 ? TokenPrice.ToUsd(status.Cost) : null, status.DurationMs > 0 ? status.DurationMs : null, status.Attempts, status.Error is null ? status.LastError : null);
}

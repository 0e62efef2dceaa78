using System.Globalization;
using System.Text.Json.Serialization;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion;

/// <summary>A document as callers see it.</summary>
/// <param name="Document">Its path within the collection.</param>
/// <param name="Percent">0..100.</param>
/// <param name="UpdatedAt">UTC, always with seven decimals, so that its text sorts as its time does.</param>
/// <param name="Size">Bytes of the blob.</param>
/// <param name="Tokens">Of its chunks, as the embedding model counts them; 0 where it was ingested before they were counted.</param>
public sealed record DocumentView(
    string Collection, string Document, DocumentState State, int Percent, int Chunks,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Error,
    string UpdatedAt, long Size, long Tokens = 0)
{
    internal static DocumentView Of(DocumentName document, DocumentStatus status) => new(
        document.Collection, document.Path, status.State, status.Percent, status.Chunks, status.Error,
        status.UpdatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture), status.Size, status.Tokens);
}

using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>What the listings of three containers say of one name.</summary>
/// <param name="Name">The path within the collection.</param>
/// <param name="Blob">The document; null when there is none.</param>
/// <param name="TextAt">When the extracted text was written; null when there is none.</param>
public sealed record ListedDocument(string Name, ListedBlob? Blob, DocumentStatus? Status, DateTimeOffset? TextAt);

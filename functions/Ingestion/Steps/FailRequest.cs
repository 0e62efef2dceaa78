namespace Serverless.Functions.Ingestion.Steps;

/// <summary>Ends a document as failed.</summary>
/// <param name="Withdraw">Whether its chunks are taken out of the index first; false where that itself has failed.</param>
public sealed record FailRequest(DocumentName Document, string Reason, bool Withdraw);

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>A document's blob in a listing.</summary>
/// <param name="ETag">Without quotes.</param>
public sealed record ListedBlob(string ETag, DateTimeOffset LastModified);

namespace Serverless.Functions.Ingestion.Transfers.Imports;

/// <summary>How far an import is.</summary>
/// <param name="Token">Storage's, for the next page of the listing; null: the first.</param>
public sealed record ImportPlace(string? Token, ImportCounts Counts);

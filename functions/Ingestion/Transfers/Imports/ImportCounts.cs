namespace Serverless.Functions.Ingestion.Transfers.Imports;

/// <summary>What an import has made of the blobs that it has come to.</summary>
/// <param name="Seen">Blobs, folders' markers not counted.</param>
/// <param name="Written">Documents that are new or were changed at their source.</param>
/// <param name="Unchanged">Documents that an earlier import brought in just so: nothing is done for them.</param>
/// <param name="Bytes">Of those written.</param>
public sealed record ImportCounts(int Seen = 0, int Written = 0, int Unchanged = 0, int Failed = 0, long Bytes = 0);

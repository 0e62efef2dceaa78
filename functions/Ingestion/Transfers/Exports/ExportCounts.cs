namespace Serverless.Functions.Ingestion.Transfers.Exports;

/// <summary>What an export holds.</summary>
/// <param name="Documents">Those whose chunks are all there.</param>
/// <param name="Tokens">Of the chunks, as the embedding model counts them.</param>
public sealed record ExportCounts(int Documents = 0, long Chunks = 0, long Tokens = 0, long Bytes = 0, int Parts = 0, int Failed = 0);

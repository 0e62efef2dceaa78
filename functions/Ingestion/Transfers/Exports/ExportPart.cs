namespace Serverless.Functions.Ingestion.Transfers.Exports;

/// <summary>One of an export's parts, as its manifest names it.</summary>
/// <param name="Name">Of the blob, without the export's folder.</param>
/// <param name="Chunks">Its lines.</param>
/// <param name="Sha256">Of its bytes, 64 hexadecimal digits.</param>
public sealed record ExportPart(string Name, int Chunks, long Bytes, string Sha256);

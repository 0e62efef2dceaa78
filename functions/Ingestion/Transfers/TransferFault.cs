namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>Ends a transfer as failed: an activity's input.</summary>
public sealed record TransferFault(TransferWork Work, string Reason);

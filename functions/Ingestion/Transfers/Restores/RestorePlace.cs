namespace Serverless.Functions.Ingestion.Transfers.Restores;

/// <summary>How far a restore is.</summary>
/// <param name="Parts">Of the export, that have been checked and laid down.</param>
/// <param name="Chunks">Of those.</param>
/// <param name="Generation">The number of the generation that the export becomes; null while its parts are being checked.</param>
public sealed record RestorePlace(int Parts = 0, long Chunks = 0, int? Generation = null);

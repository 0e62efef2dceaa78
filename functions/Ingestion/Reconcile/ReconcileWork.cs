namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>The orchestration's input, and the whole of its state: history is begun anew before it grows long.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="All">Whether it goes on with the next collection.</param>
/// <param name="Deep">Whether each document's chunks are counted even where all of them together are as many as they should be.</param>
/// <param name="Collection">The one it is at; null: the first is to be found.</param>
/// <param name="Places">How far the listings have been read.</param>
/// <param name="Indexes">Indexes that are still to be gone through; the first is the one it is at.</param>
/// <param name="Range">Where in it.</param>
/// <param name="Counts">Of the collection.</param>
/// <param name="Total">Of all collections before it.</param>
public sealed record ReconcileWork(
    string Run, bool All, bool Deep, string? Collection = null, ReconcilePhase Phase = ReconcilePhase.Names, ListingPlaces? Places = null,
    IReadOnlyList<string>? Indexes = null, KeyRange? Range = null, ReconcileCounts? Counts = null, ReconcileCounts? Total = null);

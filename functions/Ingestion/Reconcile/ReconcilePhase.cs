namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>What a run is at, collection by collection.</summary>
public enum ReconcilePhase
{
    /// <summary>Compares the listings, and counts the chunks that there should be.</summary>
    Names,

    /// <summary>Counts the chunks of each document.</summary>
    Chunks,

    /// <summary>Goes through the index for chunks of no document.</summary>
    Index,

    /// <summary>Clears what no document owns; once in a run over all collections.</summary>
    Leftovers,
    Done,
}

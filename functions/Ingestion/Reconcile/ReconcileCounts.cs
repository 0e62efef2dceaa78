namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>What a run found; numbers only.</summary>
public sealed record ReconcileCounts
{
    /// <summary>Names that were looked at: documents, statuses, texts.</summary>
    public int Documents { get; init; }

    /// <summary>Chunks that documents at rest should have.</summary>
    public long Expected { get; init; }

    /// <summary>Chunks of documents with a status that were found in the index, where they were counted.</summary>
    public long Seen { get; init; }

    public int Unqueued { get; init; }

    public int Outdated { get; init; }

    public int AccessOutdated { get; init; }

    public int BlobGone { get; init; }

    public int TextOrphaned { get; init; }

    public int TextMissing { get; init; }

    public int ChunksMissing { get; init; }

    public int ChunksOrphaned { get; init; }

    public int FailedBefore { get; init; }

    public int Stuck { get; init; }

    /// <summary>Intermediate results and manifests of no document that were deleted.</summary>
    public int Leftovers { get; init; }

    /// <summary>Collections whose settings or generations are damaged: they were passed over, and somebody has to put those back.</summary>
    public int Damaged { get; init; }

    /// <summary>Documents that were not as they should be; each has been told to put itself right.</summary>
    public int Drifted => Unqueued + Outdated + AccessOutdated + BlobGone + TextOrphaned + TextMissing + ChunksMissing + ChunksOrphaned + FailedBefore + Stuck;

    public ReconcileCounts With(Drift drift) => drift switch
    {
        Drift.Unqueued => this with { Unqueued = Unqueued + 1 },
        Drift.Outdated => this with { Outdated = Outdated + 1 },
        Drift.AccessOutdated => this with { AccessOutdated = AccessOutdated + 1 },
        Drift.BlobGone => this with { BlobGone = BlobGone + 1 },
        Drift.TextOrphaned => this with { TextOrphaned = TextOrphaned + 1 },
        Drift.TextMissing => this with { TextMissing = TextMissing + 1 },
        Drift.ChunksMissing => this with { ChunksMissing = ChunksMissing + 1 },
        Drift.ChunksOrphaned => this with { ChunksOrphaned = ChunksOrphaned + 1 },
        Drift.FailedBefore => this with { FailedBefore = FailedBefore + 1 },
        Drift.Stuck => this with { Stuck = Stuck + 1 },
        _ => this,
    };

    public static ReconcileCounts operator +(ReconcileCounts a, ReconcileCounts b) => new()
    {
        Documents = a.Documents + b.Documents,
        Expected = a.Expected + b.Expected,
        Seen = a.Seen + b.Seen,
        Unqueued = a.Unqueued + b.Unqueued,
        Outdated = a.Outdated + b.Outdated,
        AccessOutdated = a.AccessOutdated + b.AccessOutdated,
        BlobGone = a.BlobGone + b.BlobGone,
        TextOrphaned = a.TextOrphaned + b.TextOrphaned,
        TextMissing = a.TextMissing + b.TextMissing,
        ChunksMissing = a.ChunksMissing + b.ChunksMissing,
        ChunksOrphaned = a.ChunksOrphaned + b.ChunksOrphaned,
        FailedBefore = a.FailedBefore + b.FailedBefore,
        Stuck = a.Stuck + b.Stuck,
        Leftovers = a.Leftovers + b.Leftovers,
        Damaged = a.Damaged + b.Damaged,
    };
}

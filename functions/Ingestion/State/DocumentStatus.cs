using Serverless.Functions.Ingestion.Access;

namespace Serverless.Functions.Ingestion.State;

/// <summary>
/// What is known of a document. It is also the mailbox between events and the orchestration: every write is a compare-and-swap on
/// the blob's ETag, so a pass that ends cannot overlook an event that came while it ran.
/// </summary>
public sealed record DocumentStatus
{
    public required DocumentState State { get; init; }

    /// <summary>0..100.</summary>
    public int Percent { get; init; }

    /// <summary>Chunks of the pass under way or, when ready, in the index.</summary>
    public int Chunks { get; init; }

    /// <summary>Tokens of these chunks, as the embedding model counts them.</summary>
    public long Tokens { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    /// <summary>The readers and the chunker (<see cref="PassSettings.PipelineVersion"/>) by which it failed; 0: none have, or those of a version that did not note it.</summary>
    public int FailedBy { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Bytes of the blob.</summary>
    public long Size { get; init; }

    /// <summary>The blob's ETag as the last pass saw it.</summary>
    public string? SourceETag { get; init; }

    /// <summary>The pass under way or the last one: names a blob's content together with the collection's settings.</summary>
    public string? Pass { get; init; }

    /// <summary>The pass whose chunks are in the index, all of them and no others; null while that is not so.</summary>
    public string? Indexed { get; init; }

    /// <summary>Who may see it, as the pass under way or the last one found it; null: as before there were documents of their own access, or no pass has got so far.</summary>
    public DocumentAccess? Access { get; init; }

    /// <summary>An event has come that no pass has answered yet.</summary>
    public bool Signalled { get; init; }

    /// <summary>
    /// The orchestration that takes it up together with others (<see cref="Batches.DocumentBatch"/>) and answers the event that put it there; null: that of its own, or none.
    /// It may have let go of it to that of its own.
    /// </summary>
    public string? Batch { get; init; }

    /// <summary>
    /// When an event found it at rest, as long as no pass of its own has begun since: an orchestration that was created earlier is not at work on it but closing down.
    /// Null: a pass is under way, or none is due.
    /// </summary>
    public DateTimeOffset? DueSince { get; init; }

    /// <summary>The next pass does everything anew, embeddings included.</summary>
    public bool Force { get; init; }

    /// <summary>A pass has laid down intermediate results that no pass has cleared yet.</summary>
    public bool Staged { get; init; }

    /// <summary>Questions may find some of it: a pass has ended well since it was last withdrawn.</summary>
    public bool Held { get; init; }

    /// <summary>The pass under way into a generation that is being built; whatever <see cref="State"/> says of the one that serves. Null: none.</summary>
    public string? Build { get; init; }

    /// <summary>The last pass into such a generation; its chunks are there, all of them and no others, where <see cref="BuildError"/> is null.</summary>
    public string? Built { get; init; }

    /// <summary>Tokens of its chunks.</summary>
    public long BuiltTokens { get; init; }

    /// <summary>Why that pass failed.</summary>
    public string? BuildError { get; init; }

    /// <summary>Tokens that have been embedded for it since it came, by all its passes; what was found again is not among them.</summary>
    public long EmbeddedTokens { get; init; }

    /// <summary>What these cost by the price table of their time, in 10^-12 US dollars.</summary>
    public long Cost { get; init; }

    /// <summary>When the pass under way took it up; null: none is, or what it does is nothing.</summary>
    public DateTimeOffset? BegunAt { get; init; }

    /// <summary>How long its last pass took until it was ready or failed, in milliseconds; 0: none has ended.</summary>
    public long DurationMs { get; init; }

    /// <summary>Passes over its present content and settings, until it was ready.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it failed last, although it is not failed now.</summary>
    public string? LastError { get; init; }

    /// <summary>With what a pass has embedded for it.</summary>
    public DocumentStatus Spend(long tokens, long cost) => this with { EmbeddedTokens = EmbeddedTokens + tokens, Cost = Cost + cost };

    /// <summary>As it is written: at rest, it says how long its pass took, is in no batch and not due.</summary>
    internal DocumentStatus At(DateTimeOffset now)
    {
        var status = this with { UpdatedAt = now, Batch = IsTerminal && Build is null ? null : Batch, DueSince = IsTerminal ? null : DueSince };
        return IsTerminal && BegunAt is { } begun ? status with { BegunAt = null, DurationMs = Math.Max(0, (long)(now - begun).TotalMilliseconds) } : status;
    }

    /// <summary>Whether no pass is under way or due.</summary>
    public bool IsTerminal => State is DocumentState.Ready or DocumentState.Failed;
}

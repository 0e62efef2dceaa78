using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>
/// One step of a run: a page of listings, some stretches of an index. What it is given is all it knows, so it may run twice; events that are sent twice are
/// answered once.
/// </summary>
public sealed class ReconcileStep(
    DocumentSweep documents, IndexSweep index, LeftoverSweep leftovers, ChunkCensus census, CollectionStore collections, GenerationPlanner planner, GenerationStore generations, ReconcileStore runs,
    IOptions<IngestionOptions> options, TimeProvider time, ILogger<ReconcileStep> logger)
{
    public async Task<ReconcileWork> RunAsync(ReconcileWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (work is { Collection: null, Phase: ReconcilePhase.Names }) return await NextAsync(work, string.Empty, cancellationToken);
        try
        {
            return await StepAsync(work, cancellationToken);
        }
        catch (GatewayException damaged) when (DamagedState.Is(damaged) && work.Collection is not null)
        {
            // The others are compared all the same.
            return await EndCollectionAsync(work with { Counts = (work.Counts ?? new ReconcileCounts()) with { Damaged = 1 } }, cancellationToken);
        }
    }

    private async Task<ReconcileWork> StepAsync(ReconcileWork work, CancellationToken cancellationToken)
    {
        var counts = work.Counts ?? new ReconcileCounts();
        var rules = new DriftRules(time.GetUtcNow(), TimeSpan.FromSeconds(options.Value.ReconcileGraceSeconds), options.Value.ReconcileStuck);
        switch (work.Phase)
        {
            case ReconcilePhase.Names:
                var (names, compared) = await documents.CompareAsync(work.Collection!, work.Places ?? ListingPlaces.Start, rules, cancellationToken);
                work = work with { Places = names, Counts = counts + compared };
                return names.Ended ? await ComparedAsync(work, cancellationToken) : work;
            case ReconcilePhase.Chunks:
                var current = await CurrentIndexAsync(work.Collection!, cancellationToken);
                if (current is null) return await WalkAsync(work, null, cancellationToken);
                var (places, counted) = await documents.CountAsync(work.Collection!, work.Places ?? ListingPlaces.Start, current, rules, cancellationToken);
                work = work with { Places = places, Counts = counts + counted };
                if (!places.Ended) return work;
                return await WalkAsync(work, await census.CountAsync(current, work.Collection!, cancellationToken) == work.Counts.Seen ? current : null, cancellationToken);
            case ReconcilePhase.Index when work.Indexes is { Count: > 0 } walked:
                var (next, found) = await index.RunAsync(work.Collection!, walked[0], work.Range ?? KeyRange.First, rules, cancellationToken);
                return work with { Counts = counts + found, Range = next, Indexes = next is null ? [.. walked.Skip(1)] : walked };
            case ReconcilePhase.Index:
                return await EndCollectionAsync(work, cancellationToken);
            case ReconcilePhase.Leftovers:
                var total = (work.Total ?? new ReconcileCounts()) with { Leftovers = await leftovers.RunAsync(cancellationToken) };
                await EndAsync(work.Run, null, total, cancellationToken);
                return work with { Phase = ReconcilePhase.Done, Total = total };
            default:
                return work;
        }
    }

    /// <summary>Counting all chunks of a collection is one question; only where the answer is not as it should be is each document asked for.</summary>
    private async Task<ReconcileWork> ComparedAsync(ReconcileWork work, CancellationToken cancellationToken)
    {
        await planner.NudgeAsync(work.Collection!, await collections.FindEffectiveAsync(work.Collection!, cancellationToken), cancellationToken);
        if (await CurrentIndexAsync(work.Collection!, cancellationToken) is not { } current) return await WalkAsync(work, null, cancellationToken);
        // What misses chunks is on its way to have them by a restore, and would be embedded in vain.
        if ((await generations.ReadAsync(work.Collection!, cancellationToken))?.Building?.Restore is not null) return await WalkAsync(work, current, cancellationToken);
        return work.Deep || await census.CountAsync(current, work.Collection!, cancellationToken) != work.Counts!.Expected
            ? work with { Phase = ReconcilePhase.Chunks, Places = null }
            : await WalkAsync(work, current, cancellationToken);
    }

    /// <param name="sound">The index that holds what it should, if it does.</param>
    private async Task<ReconcileWork> WalkAsync(ReconcileWork work, string? sound, CancellationToken cancellationToken)
    {
        var walked = new List<string>();
        var state = await generations.ReadAsync(work.Collection!, cancellationToken);
        // What is being built or removed is counted by those who are at it.
        string?[] moving = [state?.Building?.Index, .. state?.Retired.Select(retired => retired.Generation.Index) ?? []];
        foreach (var name in await census.IndexesAsync(cancellationToken))
        {
            if (name != sound && !moving.Contains(name) && await census.CountAsync(name, work.Collection!, cancellationToken) > 0) walked.Add(name);
        }

        return work with { Phase = ReconcilePhase.Index, Places = null, Indexes = walked, Range = null };
    }

    private async Task<ReconcileWork> EndCollectionAsync(ReconcileWork work, CancellationToken cancellationToken)
    {
        var counts = work.Counts ?? new ReconcileCounts();
        await EndAsync(work.Run, work.Collection, counts, cancellationToken);
        work = work with { Total = (work.Total ?? new ReconcileCounts()) + counts };
        return work.All ? await NextAsync(work, work.Collection!, cancellationToken) : work with { Phase = ReconcilePhase.Done };
    }

    private async Task EndAsync(string id, string? collection, ReconcileCounts counts, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var begun = await runs.FindAsync(collection, cancellationToken);
        await runs.WriteAsync(
            new ReconcileRun(id, collection, ReconcileRun.Completed, begun?.Id == id ? begun.StartedAt : now, now, counts.Drifted, counts), cancellationToken);
        if (counts.Damaged > 0) ReconcileLog.Damaged(logger, id, counts.Damaged);
        if (counts.Drifted > 0)
            ReconcileLog.Drifted(logger, id, counts.Documents, counts.Unqueued, counts.Outdated + counts.AccessOutdated + counts.FailedBefore, counts.BlobGone + counts.TextOrphaned, counts.ChunksMissing + counts.TextMissing, counts.ChunksOrphaned, counts.Stuck);
        else
            ReconcileLog.Sound(logger, id, counts.Documents, counts.Expected);
    }

    private async Task<ReconcileWork> NextAsync(ReconcileWork work, string after, CancellationToken cancellationToken)
    {
        var known = new SortedSet<string>(await collections.ListAsync(cancellationToken), StringComparer.Ordinal);
        foreach (var name in await census.IndexesAsync(cancellationToken))
        {
            // Where the blob store is gone, only the index still knows which collections there were.
            while (await census.FindOtherCollectionAsync(name, [.. known.Where(other => !other.Contains('|', StringComparison.Ordinal))], cancellationToken) is { } other && known.Add(other))
            {
            }
        }

        var next = known.FirstOrDefault(name => string.CompareOrdinal(name, after) > 0);
        return work with
        {
            Collection = next,
            Phase = next is null ? ReconcilePhase.Leftovers : ReconcilePhase.Names,
            Places = null,
            Indexes = null,
            Range = null,
            Counts = null,
        };
    }

    private async Task<string?> CurrentIndexAsync(string collection, CancellationToken cancellationToken) =>
        (await generations.ReadAsync(collection, cancellationToken))?.Serving.Index
        ?? (await collections.FindEffectiveAsync(collection, cancellationToken) is { } settings ? IndexName.For(settings.EmbeddingsRoute) : null);
}

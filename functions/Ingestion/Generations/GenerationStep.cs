using Microsoft.Extensions.Logging;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.Steps;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>
/// One look at a collection that goes from one generation to the next: switches when all of it is built, and has what served before removed. It changes no document
/// itself: each one's own orchestration does, told by events, so a document that comes, changes or goes meanwhile comes out right. What it is given is all it knows,
/// so it may run twice.
/// </summary>
public sealed class GenerationStep(
    GenerationStore generations, BuildCensus census, ChunkCensus chunks, DocumentEventQueue queue, TimeProvider time, ILogger<GenerationStep> logger)
{
    private const int MaxDelaySeconds = 30;
    private const int MaxTold = 500;

    // Chunks that no manifest knows of are left to the reconciliation, which goes through all indexes that nobody is at work on.
    private const int MaxIdle = 10;

    public async Task<GenerationWork> RunAsync(GenerationWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var state = await generations.ReadAsync(work.Collection, cancellationToken);
        return state switch
        {
            null or { IsSettled: true } => work with { IsDone = true },
            { Building: { } building } => await BuildAsync(work, building, cancellationToken),
            _ => await RemoveAsync(work, state, cancellationToken),
        };
    }

    private async Task<GenerationWork> BuildAsync(GenerationWork work, Generation building, CancellationToken cancellationToken)
    {
        var (tally, due) = await census.TallyAsync(work.Collection, building, MaxTold, cancellationToken);
        if (tally.IsComplete)
        {
            await generations.ChangeAsync(work.Collection, current => current!.Switch(building.Number, time.GetUtcNow()), cancellationToken);
            IngestionLog.Switched(logger, building.Number, tally.Documents);
            return new GenerationWork(work.Collection, (int)SucceedStep.Grace.TotalSeconds);
        }

        // Those whose message was lost, or that came while an instance had not yet heard of the generation.
        var moved = tally != work.Seen;
        if (!moved) await TellAsync(work.Collection, due, cancellationToken);
        return Next(work with { Seen = tally }, moved);
    }

    private async Task<GenerationWork> RemoveAsync(GenerationWork work, GenerationState state, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = state.Retired.Where(retired => now - retired.RetiredAt >= SucceedStep.Grace).Select(retired => retired.Generation).ToList();
        if (due.Count == 0) return work with { DelaySeconds = (int)SucceedStep.Grace.TotalSeconds };
        var newest = due.Max(generation => generation.Number);
        if (work.Swept != newest)
        {
            await queue.SendAsync(new DocumentEvent(DocumentEventKind.Collection, new DocumentName(work.Collection, string.Empty)), cancellationToken);
            return new GenerationWork(work.Collection, Swept: newest);
        }

        var left = 0L;
        foreach (var generation in due)
        {
            var count = await chunks.CountAsync(generation.Index, work.Collection, cancellationToken);
            left += count;
            if (count == 0 || work.Idle >= MaxIdle) await generations.ChangeAsync(work.Collection, current => current!.Removed(generation.Number), cancellationToken);
        }

        var moved = left != work.Left;
        if (!moved) await TellAsync(work.Collection, await census.BehindAsync(work.Collection, state.Serving, MaxTold, cancellationToken), cancellationToken);
        return Next(work with { Left = left }, moved);
    }

    private async Task TellAsync(string collection, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        foreach (var path in paths) await queue.SendAsync(new DocumentEvent(DocumentEventKind.Refresh, new DocumentName(collection, path)), cancellationToken);
    }

    private static GenerationWork Next(GenerationWork work, bool moved) =>
        work with { DelaySeconds = moved ? 2 : Math.Min(work.DelaySeconds * 2, MaxDelaySeconds), Idle = moved ? 0 : work.Idle + 1 };
}

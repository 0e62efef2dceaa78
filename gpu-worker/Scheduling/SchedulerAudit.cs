using Serverless.GpuWorker.KvCache;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Looks for what must never be: a plan that would write into blocks that are somebody else's, tables and counts that disagree. It tells
/// sizes and numbers only, so what it says may be logged.
/// </summary>
internal sealed class SchedulerAudit(SchedulerOptions options, BlockPool pool, BlockDemand blocks)
{
    private readonly long[] _writtenIn = new long[pool.Total];
    private long _plans;

    /// <summary>What is wrong with a plan that is about to run; null when nothing is. Takes time in proportion to the plan and allocates nothing.</summary>
    /// <param name="sequences">Running and waiting ones together.</param>
    public string? OfPlan(ReadOnlySpan<ScheduledSequence> plan, int sequences)
    {
        _plans++;
        if (plan.Length == 0 && sequences > 0)
            return $"{sequences} sequences have work to do and none of it is planned";

        if (sequences == 0 && pool.Free < pool.Total)
            return $"there are no sequences, and {pool.Total - pool.Free} blocks are in use";

        if (plan.Length > options.MaxSequences)
            return $"{plan.Length} sequences are planned, and {options.MaxSequences} permitted";

        int tokens = 0, promptRows = 0;
        foreach (var part in plan)
        {
            if (OfPart(part) is { } violation)
                return violation;

            tokens += part.Count;
            promptRows += part.PromptRows;
        }
        if (promptRows > options.MaxPromptRows)
            return $"{promptRows} rows of prompts are planned, and {options.MaxPromptRows} permitted";

        return tokens > options.MaxBatchedTokens ? $"{tokens} tokens are planned, and {options.MaxBatchedTokens} permitted" : null;
    }

    /// <summary>What is wrong at rest between steps; empty when nothing is.</summary>
    public IEnumerable<string> AtRest(IReadOnlyList<Sequence> running, IReadOnlyCollection<Sequence> waiting, int deadlines)
    {
        foreach (string violation in pool.Snapshot().Violations(running.Concat(waiting).Select(s => s.Blocks)))
            yield return violation;

        foreach (var sequence in running)
            if (sequence.Computed >= sequence.Length || blocks.BlocksFor(sequence.Computed) > sequence.Table.Count || sequence.Phase != SequencePhase.Running)
                yield return $"{sequence} runs with {sequence.Table.Count} blocks";

        foreach (var sequence in waiting)
            if (sequence.Computed > 0 || sequence.Table.Count > 0 || sequence.Phase != SequencePhase.Waiting)
                yield return $"{sequence} waits with {sequence.Table.Count} blocks";

        if (running.Count > options.MaxSequences)
            yield return $"{running.Count} sequences run, and {options.MaxSequences} are permitted";

        int expected = running.Concat(waiting).Count(sequence => sequence.Request.Deadline is not null);
        if (deadlines != expected)
            yield return $"{deadlines} deadlines are watched, and {expected} sequences have one";
    }

    private string? OfPart(ScheduledSequence part)
    {
        var (sequence, start, count, drafts, promptRows) = part;
        if (sequence.Phase != SequencePhase.Running || start != sequence.Computed || count - drafts < 1 || start + count - drafts > sequence.Length)
            return $"{sequence} is planned for {count} tokens from {start}";

        if (drafts != sequence.Drafts || (drafts > 0 && !part.IsSampled))
            return $"{sequence} is planned for {drafts} drafts, and has {sequence.Drafts}";

        if (promptRows != sequence.PromptRowsIn(start, start + count - drafts))
            return $"{sequence} is planned for {promptRows} rows of its prompt among {count} tokens from {start}";

        if (blocks.BlocksFor(start + count) > sequence.Table.Count)
            return $"{sequence} has {sequence.Table.Count} blocks for {count} tokens from {start}";

        // A block that is written is the sequence's own: nobody else has it, finds it or writes it in this step.
        for (int i = start / options.BlockSize; i < blocks.BlocksFor(start + count); i++)
        {
            int block = sequence.Table[i];
            if (!pool.IsExclusive(block) || _writtenIn[block] == _plans)
                return $"{sequence} would write into block {block}, which is not its own";

            _writtenIn[block] = _plans;
        }
        return null;
    }
}

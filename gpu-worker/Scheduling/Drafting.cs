using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>Puts drafts into plans, with what is left of budget and blocks: nobody gives way to a draft, nor is admitted later for it.</summary>
/// <param name="planner">Null where nothing is drafted.</param>
internal sealed class Drafting(DraftPlanner? planner, BlockDemand blocks, int blockSize)
{
    /// <summary>Drafts where that is faster. Comes last of all that a plan is made of.</summary>
    public void Plan(StepPlan plan)
    {
        if (planner is null || plan.Budget == 0)
            return;

        var drafts = planner.Choose(plan.Parts, plan.Budget);
        for (int i = 0; i < drafts.Length; i++)
        {
            if (drafts[i] == 0)
                continue;

            var (sequence, start, count, _, _) = plan.Parts[i];
            bool hasRoom = blocks.TryReserve(sequence, start + count + drafts[i]);
            int fitting = hasRoom ? drafts[i] : Math.Min(drafts[i], (sequence.Table.Count * blockSize) - start - count);
            if (fitting == 0)
                continue;

            sequence.Draft(fitting);
            plan.Draft(i, fitting);
        }
    }

    /// <summary>A draft of the latest plan came.</summary>
    public void Came() => planner?.Came();

    /// <inheritdoc cref="Scheduler.Ran"/>
    public void Ran(ReadOnlySpan<ScheduledSequence> plan, TimeSpan elapsed) => planner?.Ran(plan, elapsed.TotalSeconds);

    /// <inheritdoc cref="Scheduler.WithoutDrafts"/>
    public ScheduledSequence Without(ScheduledSequence part)
    {
        if (part.Drafts > 0)
        {
            part.Sequence.DropDrafts();
            part.Sequence.Lookup?.Withdraw();
            blocks.Trim(part.Sequence);
        }
        return part with { Count = part.Count - part.Drafts, Drafts = 0 };
    }
}

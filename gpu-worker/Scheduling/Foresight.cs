namespace Serverless.GpuWorker.Scheduling;

/// <summary>Plans what running sequences do after the plan that runs, as if each sampled token came and ended nothing.</summary>
internal sealed class Foresight(List<Sequence> running, BlockDemand blocks, ShortPrompts shortPrompts)
{
    public static bool IsDecode(int computed, int length) => length - computed == 1;

    /// <summary>False when there are not blocks enough.</summary>
    public bool TryPlan(StepPlan plan)
    {
        if (!TryPlan(plan, decodes: true))
            return false;

        plan.BeginPrompts();
        if (!shortPrompts.TryPlan(plan))
            return false;

        plan.HoldBack(0);
        return TryPlan(plan, decodes: false);
    }

    private bool TryPlan(StepPlan plan, bool decodes)
    {
        for (int i = 0; i < running.Count && plan.Budget > 0; i++)
        {
            var sequence = running[i];
            var (computed, length) = sequence.AfterPlan();
            if (computed == length || IsDecode(computed, length) != decodes || (!decodes && plan.Has(sequence)))
                continue;

            int count = plan.Fitting(sequence, computed, length);
            if (count == 0)
                continue;

            if (!blocks.TryReserve(sequence, computed + count))
                return false;

            plan.Take(sequence, computed, count, decodes);
        }
        return true;
    }
}

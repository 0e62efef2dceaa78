namespace Serverless.GpuWorker.Scheduling;

/// <summary>
/// Short prompts pass a long one. A prompt that takes many steps would make all wait that came after it, however little they ask for; so
/// those with less than half of its tokens left have up to half of what prompts have of a step, the shortest first. Less than half, since
/// only then the two together wait less: at the full pace, one after the other, prompts of L and S tokens take L and L + S, at half of it
/// 2 S and L + S. The oldest is at most half as fast as alone, whatever comes.
/// </summary>
internal sealed class ShortPrompts(List<Sequence> running, BlockDemand blocks)
{
    // Kept from step to step, so that a step allocates nothing.
    private readonly List<(int Left, int At)> _shorter = [];
    private int _oldestLeft;

    /// <summary>Whether the oldest prompt takes more than this step, as <see cref="TryPlan"/> last found it.</summary>
    public bool ArePermitted => _oldestLeft > 0;

    /// <summary>Whether a sequence with so many tokens left may pass it. Rows of prompts' logits are few: who asks for them leaves those to the oldest.</summary>
    public bool MayPass(Sequence sequence, int left) =>
        left < (_oldestLeft + 1) / 2 && sequence.PromptRowsIn(sequence.Length - left, sequence.Length) == 0;

    /// <summary>
    /// Plans the running prompts that pass the oldest, if that is not done in this step. Half of the prompts' tokens are held back for it
    /// until the plan is told otherwise.
    /// </summary>
    /// <returns>Whether there were blocks enough.</returns>
    public bool TryPlan(StepPlan plan)
    {
        Find();
        if (_oldestLeft <= plan.PromptBudget)
        {
            // Done in this step: nobody needs to pass it.
            _oldestLeft = 0;
            return true;
        }
        plan.HoldBack((plan.PromptBudget + 1) / 2);
        foreach (var (_, at) in _shorter)
        {
            var sequence = running[at];
            var (computed, length) = sequence.AfterPlan();
            int count = plan.Fitting(sequence, computed, length);
            if (count == 0)
                continue;

            if (!blocks.TryReserve(sequence, computed + count))
                return false;

            plan.Take(sequence, computed, count, isDecode: false);
        }
        return true;
    }

    private void Find()
    {
        _shorter.Clear();
        _oldestLeft = 0;
        for (int at = 0; at < running.Count; at++)
        {
            var (computed, length) = running[at].AfterPlan();
            int left = length - computed;
            if (left <= 1)
                continue;

            if (_oldestLeft == 0)
                _oldestLeft = left;
            else if (MayPass(running[at], left))
                _shorter.Add((left, at));
        }
        _shorter.Sort();
    }
}

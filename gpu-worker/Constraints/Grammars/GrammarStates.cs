namespace Serverless.GpuWorker.Constraints.Grammars;

/// <summary>A grammar's rules as automata over classes of characters and over each other: states of all rules in one list, the root's first one at its head.</summary>
/// <param name="Next">For each state the one after a character of each class, or <see cref="None"/>.</param>
/// <param name="Calls">For each state the rules of which a text may stand there, and the state after it.</param>
/// <param name="IsEnd">Whether a rule's text may end in each state.</param>
/// <param name="Starts">The state in which each rule begins.</param>
internal sealed record GrammarStates(IReadOnlyList<int[]> Next, IReadOnlyList<(int Rule, int Then)[]> Calls, IReadOnlyList<bool> IsEnd, IReadOnlyList<int> Starts)
{
    public const int None = -1;

    public int Count => Next.Count;
}

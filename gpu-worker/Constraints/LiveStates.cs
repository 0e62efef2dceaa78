namespace Serverless.GpuWorker.Constraints;

/// <summary>Tells from which states of a table an accepting one is reached: the others are dead ends.</summary>
internal static class LiveStates
{
    /// <param name="rows">For each state the states after it; negative for none.</param>
    public static bool[] Of(IReadOnlyList<int[]> rows, IReadOnlyList<bool> accepting)
    {
        var before = new List<int>?[rows.Count];
        for (int state = 0; state < rows.Count; state++)
            foreach (int next in rows[state])
                if (next >= 0)
                    (before[next] ??= []).Add(state);

        var isLive = new bool[rows.Count];
        var open = new Stack<int>(Enumerable.Range(0, rows.Count).Where(state => accepting[state]));
        while (open.TryPop(out int state))
        {
            if (isLive[state])
                continue;

            isLive[state] = true;
            foreach (int earlier in before[state] ?? [])
                open.Push(earlier);
        }
        return isLive;
    }
}

using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Numbers;

/// <summary>
/// The decimal numbers of a <see cref="NumberRule"/>, byte by byte, without exponents: a deterministic automaton from each of whose states some number can
/// be completed. Its states know how many digits were written and how they compare to both bounds, which is all that decides. Immutable.
/// </summary>
internal sealed class NumberAutomaton
{
    public const int Start = 0;

    /// <summary>The byte cannot stand here.</summary>
    public const int None = -1;

    private const string Symbols = "0123456789.-";

    private readonly int[][] _next;
    private readonly bool[] _accepting;

    private NumberAutomaton(int[][] next, bool[] accepting) => (_next, _accepting) = (next, accepting);

    public long Bytes => _next.Length * (32L + Symbols.Length * sizeof(int));

    /// <exception cref="SchemaException">No number that is permitted can be written; or the schema's budget is spent.</exception>
    public static NumberAutomaton Of(NumberRule rule, ReadingBudget budget)
    {
        var states = new List<NumberState> { NumberState.Start };
        var ids = new Dictionary<NumberState, int> { [NumberState.Start] = Start };
        var rows = new List<int[]>();
        for (int state = 0; state < states.Count; state++)
        {
            budget.SpendSteps(Symbols.Length * 4, "minimum, maximum or multipleOf");
            budget.SpendBytes(32 + Symbols.Length * sizeof(int), "minimum, maximum or multipleOf");
            var row = new int[Symbols.Length];
            for (int symbol = 0; symbol < row.Length; symbol++)
                row[symbol] = states[state].After(Symbols[symbol], rule) is { } next ? IdOf(next) : None;
            rows.Add(row);
        }
        bool[] accepting = [.. states.Select(state => state.IsComplete(rule))];
        bool[] isLive = LiveStates.Of(rows, accepting);
        if (!isLive[Start])
            throw SchemaException.Contradiction($"minimum, maximum, exclusiveMinimum, exclusiveMaximum and multipleOf must leave some number of at most {ConstraintLimits.Digits} digits on either side of the point");

        foreach (int[] row in rows)
            for (int symbol = 0; symbol < row.Length; symbol++)
                row[symbol] = row[symbol] != None && isLive[row[symbol]] ? row[symbol] : None;
        return new NumberAutomaton([.. rows], accepting);

        int IdOf(NumberState state)
        {
            if (ids.TryAdd(state, states.Count))
                states.Add(state);
            return ids[state];
        }
    }

    /// <summary>The state after a byte, or <see cref="None"/>.</summary>
    public int Next(int state, byte value) => value switch
    {
        >= (byte)'0' and <= (byte)'9' => _next[state][value - '0'],
        (byte)'.' => _next[state][10],
        (byte)'-' => _next[state][11],
        _ => None,
    };

    public bool IsComplete(int state) => _accepting[state];

}

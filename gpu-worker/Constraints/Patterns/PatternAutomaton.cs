using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>The strings that match, character by character: a deterministic automaton from each of whose states some match can be completed. Immutable.</summary>
internal sealed class PatternAutomaton
{
    /// <summary>Where no match goes on.</summary>
    public const int None = -1;

    public const int Start = 0;

    private readonly int[][] _next;
    private readonly bool[] _accepting;

    private PatternAutomaton(int[][] next, bool[] accepting, CharacterSpelling spelling)
    {
        (_next, _accepting, Spelling) = (next, accepting, spelling);
        Successors = [.. next.Select(row => row.Where(state => state != None).Distinct().ToArray())];
    }

    public int States => _next.Length;

    public CharacterSpelling Spelling { get; }

    /// <summary>For each state those that one character leads to, each once.</summary>
    public IReadOnlyList<int[]> Successors { get; }

    public long Bytes => Spelling.Bytes + _next.Sum(row => 64L + row.Length * sizeof(int)) * 2;

    /// <summary>The state after a character of a class, or <see cref="None"/>.</summary>
    public int Next(int state, int characterClass) => _next[state][characterClass];

    public bool IsAccepting(int state) => _accepting[state];

    /// <summary>Whether a text is one of the strings.</summary>
    public bool Accepts(string text)
    {
        int state = Start;
        foreach (var rune in text.EnumerateRunes())
        {
            state = _next[state][Spelling.ClassOf(rune.Value)];
            if (state == None)
                return false;
        }
        return _accepting[state];
    }

    /// <summary>Leaves out the states that lead to no match.</summary>
    /// <exception cref="SchemaException">No string matches.</exception>
    public static PatternAutomaton Of(IReadOnlyList<int[]> rows, bool[] accepting, CharacterSpelling spelling)
    {
        bool[] isLive = LiveStates.Of(rows, accepting);
        if (!isLive[Start])
            throw SchemaException.Contradiction("pattern must permit some string, together with the patterns and the format beside it");

        var ids = new int[rows.Count];
        int count = 0;
        for (int state = 0; state < ids.Length; state++)
            ids[state] = isLive[state] ? count++ : None;

        var next = from state in Enumerable.Range(0, ids.Length)
                   where isLive[state]
                   select rows[state].Select(then => then == None ? None : ids[then]).ToArray();
        return new PatternAutomaton([.. next], [.. accepting.Where((_, state) => isLive[state])], spelling);
    }
}

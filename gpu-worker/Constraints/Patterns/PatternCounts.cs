namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>How many strings an automaton has from each of its places on. Immutable.</summary>
internal sealed class PatternCounts
{
    /// <summary>As many, or more.</summary>
    public const long Many = 1L << 40;

    private readonly PatternAutomaton _automaton;
    private readonly Dictionary<int, long[]> _charactersBelow = [];
    private readonly long[] _counts;

    public PatternCounts(PatternAutomaton automaton, ReadingBudget budget)
    {
        _automaton = automaton;
        budget.SpendBytes((long)automaton.States * sizeof(long) * 4, "uniqueItems");
        var before = Enumerable.Range(0, automaton.States).Select(_ => new List<int>()).ToArray();
        for (int state = 0; state < automaton.States; state++)
            foreach (int next in automaton.Successors[state])
                before[next].Add(state);

        // What leads into a circle has strings without end, since from everywhere one can be completed.
        _counts = new long[automaton.States];
        Array.Fill(_counts, Many);
        int[] unknown = [.. automaton.Successors.Select(successors => successors.Length)];
        var open = new Queue<int>(Enumerable.Range(0, automaton.States).Where(state => unknown[state] == 0));
        while (open.TryDequeue(out int state))
        {
            budget.SpendSteps(8, "uniqueItems");
            _counts[state] = Math.Min(Many, (automaton.IsAccepting(state) ? 1 : 0) + Sum(state, CharactersBelow(CharacterSpelling.Between)));
            foreach (int earlier in before[state])
                if (--unknown[earlier] == 0)
                    open.Enqueue(earlier);
        }
        // Known beforehand: the automata of several threads ask.
        for (int place = 0; place < automaton.Spelling.Places; place++)
            CharactersBelow(place);
    }

    /// <summary>Strings that can be completed from a state and a place within its next character; at most <see cref="Many"/>.</summary>
    public long From(int state, int place) => place == CharacterSpelling.Between ? _counts[state] : Math.Min(Many, Sum(state, _charactersBelow[place]));

    private long Sum(int state, long[] characters)
    {
        long sum = 0;
        for (int of = 0; of < characters.Length && sum < Many; of++)
            if (characters[of] > 0 && _automaton.Next(state, of) is var next && next != PatternAutomaton.None)
                sum += _counts[next] == Many ? Many : Math.Min(Many, characters[of] * _counts[next]);

        return sum;
    }

    /// <summary>How many characters of each class go through a place; through the one between characters go all.</summary>
    private long[] CharactersBelow(int place)
    {
        if (_charactersBelow.TryGetValue(place, out long[]? known))
            return known;

        var below = new long[_automaton.Spelling.Classes];
        for (int value = 0; value < 256; value++)
        {
            int target = _automaton.Spelling.Next(place, (byte)value);
            if (target < 0)
                below[~target]++;
            else if (target != CharacterSpelling.None)
                below = [.. below.Zip(CharactersBelow(target), (own, deeper) => own + deeper)];
        }
        return _charactersBelow[place] = below;
    }
}

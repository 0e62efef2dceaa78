using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>Which lengths a match may still come to from each state of an automaton, where its length is bounded. Immutable.</summary>
internal sealed class PatternLengths
{
    private const int Endless = int.MaxValue;

    private readonly int[] _shortest;
    private readonly int[] _longest;
    private readonly int _longestShortest;

    // For each state a bit for each number of characters after which a match may be complete; only where both bounds bind.
    private readonly ulong[][]? _exact;

    /// <param name="most"><see cref="int.MaxValue"/> for any number.</param>
    /// <exception cref="SchemaException">No match has such a length, or to tell which have is too much work.</exception>
    public PatternLengths(PatternAutomaton automaton, int least, int most, ReadingBudget budget)
    {
        _shortest = Shortest(automaton);
        _longest = Longest(automaton);
        _longestShortest = _shortest.Max();
        // A bound that every match keeps to need not be counted for.
        Least = least <= _shortest[PatternAutomaton.Start] ? 0 : least;
        Most = most >= _longest[PatternAutomaton.Start] ? Endless : most;
        if (Least > 0 && Most < Endless)
            _exact = Exact(automaton, Most, budget);
        if (!MayGoOn(PatternAutomaton.Start, 0))
            throw SchemaException.Contradiction("minLength and maxLength must leave some string that pattern permits");
    }

    /// <summary>In characters.</summary>
    public int Least { get; }

    /// <summary>In characters; <see cref="int.MaxValue"/> for any number.</summary>
    public int Most { get; }

    public long Bytes => _shortest.Length * 8L + (_exact?.Sum(bits => bits.Length * 8L) ?? 0);

    /// <summary>Whether after <paramref name="length"/> characters some match of a permitted length can be completed.</summary>
    public bool MayGoOn(int state, int length)
    {
        if (Most != Endless && _shortest[state] > Most - length)
            return false;
        if (length >= Least)
            return true;

        return _exact is null ? _longest[state] >= Least - length : HasBit(_exact[state], Least - length, Most - length);
    }

    /// <summary>One character more; beyond the least, where there is no most, all lengths are one.</summary>
    public int After(int length) => Most == Endless ? Math.Min(length + 1, Least) : length + 1;

    /// <summary>A length from which as many characters more are permitted as from <paramref name="length"/>, as far as <paramref name="reach"/> characters go.</summary>
    public int Alike(int length, int reach)
    {
        if (length >= Least)
            return Most == Endless || Most - length >= (long)reach + _longestShortest ? Least : length;

        return Most == Endless && Least - length > reach && Array.TrueForAll(_longest, longest => longest == Endless) ? 0 : length;
    }

    private static bool HasBit(ulong[] bits, int from, int to)
    {
        for (int word = from / 64; word <= to / 64; word++)
        {
            ulong within = bits[word];
            if (word == from / 64)
                within &= ulong.MaxValue << (from % 64);
            if (word == to / 64)
                within &= ulong.MaxValue >> (63 - to % 64);
            if (within != 0)
                return true;
        }
        return false;
    }

    private static int[] Shortest(PatternAutomaton automaton)
    {
        var before = Before(automaton);
        var shortest = new int[automaton.States];
        Array.Fill(shortest, Endless);
        var open = new Queue<int>();
        for (int state = 0; state < shortest.Length; state++)
        {
            if (!automaton.IsAccepting(state))
                continue;
            shortest[state] = 0;
            open.Enqueue(state);
        }
        while (open.TryDequeue(out int state))
            foreach (int earlier in before[state])
                if (shortest[earlier] == Endless)
                {
                    shortest[earlier] = shortest[state] + 1;
                    open.Enqueue(earlier);
                }

        return shortest;
    }

    /// <summary>Endless for each state that leads into a circle, since from everywhere a match can be completed.</summary>
    private static int[] Longest(PatternAutomaton automaton)
    {
        var before = Before(automaton);
        var longest = new int[automaton.States];
        Array.Fill(longest, Endless);
        int[] unknown = [.. automaton.Successors.Select(successors => successors.Length)];
        var open = new Queue<int>(Enumerable.Range(0, longest.Length).Where(state => unknown[state] == 0));
        while (open.TryDequeue(out int state))
        {
            longest[state] = automaton.Successors[state].Select(next => longest[next] + 1).DefaultIfEmpty(0).Max();
            foreach (int earlier in before[state])
                if (--unknown[earlier] == 0)
                    open.Enqueue(earlier);
        }
        return longest;
    }

    private static List<int>[] Before(PatternAutomaton automaton)
    {
        List<int>[] before = [.. Enumerable.Range(0, automaton.States).Select(_ => new List<int>())];
        for (int state = 0; state < before.Length; state++)
            foreach (int next in automaton.Successors[state])
                before[next].Add(state);

        return before;
    }

    private static ulong[][] Exact(PatternAutomaton automaton, int most, ReadingBudget budget)
    {
        int words = most / 64 + 1;
        budget.SpendBytes((long)automaton.States * words * sizeof(ulong), "pattern with minLength and maxLength");
        budget.SpendSteps((long)automaton.Successors.Sum(successors => successors.Length) * most / 8, "pattern with minLength and maxLength");
        ulong[][] bits = [.. Enumerable.Range(0, automaton.States).Select(_ => new ulong[words])];
        for (int state = 0; state < bits.Length; state++)
            bits[state][0] = automaton.IsAccepting(state) ? 1UL : 0;

        for (int length = 0; length < most; length++)
            for (int state = 0; state < bits.Length; state++)
                foreach (int next in automaton.Successors[state])
                    bits[state][(length + 1) / 64] |= (bits[next][length / 64] >> (length % 64) & 1) << ((length + 1) % 64);

        return bits;
    }
}

using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Grammars;

/// <summary>What holds of a grammar's states from which some text can be completed; the others are left out. Immutable.</summary>
internal sealed class GrammarFacts
{
    private const int Endless = int.MaxValue / 2;
    private const string Keyword = "grammar";

    private readonly int[] _heights;
    private readonly bool[] _canEnd;
    private readonly ulong[][] _firsts;
    private readonly ReadingBudget _budget;

    /// <exception cref="SchemaException">No text, or none that is shallow enough, is of the grammar; or a rule begins with itself.</exception>
    public GrammarFacts(GrammarStates states, int classes, ReadingBudget budget)
    {
        _budget = budget;
        _heights = new int[states.Count];
        Array.Fill(_heights, Endless);
        Settle(states, state => Measure(states, state));
        if (_heights[states.Starts[0]] >= ConstraintLimits.GrammarDepth)
            throw new SchemaException($"no text with at most {ConstraintLimits.GrammarDepth} rules within each other is of the grammar: a rule contains itself in each of its alternatives, or is deeper");

        States = states = Productive(states);
        _canEnd = new bool[states.Count];
        Settle(states, state => FindEnds(states, state));
        RequireProgress(states);
        _firsts = [.. Enumerable.Range(0, states.Count).Select(_ => new ulong[(classes + 63) / 64])];
        budget.SpendBytes((long)states.Count * _firsts[0].Length * sizeof(ulong), Keyword);
        Settle(states, state => FindFirsts(states, state));
    }

    /// <summary>Without what leads to no text.</summary>
    public GrammarStates States { get; }

    /// <summary>Rules within each other, beyond the state's own, that a text has at the least from a state on.</summary>
    public int HeightOf(int state) => _heights[state];

    /// <summary>Whether nothing need follow in the state's rule.</summary>
    public bool CanEnd(int state) => _canEnd[state];

    /// <summary>Whether a character of a class may come first of what follows in the state's rule.</summary>
    public bool MayBegin(int state, int of) => (_firsts[state][of / 64] >> (of % 64) & 1) == 1;

    private bool Measure(GrammarStates states, int state)
    {
        int height = states.IsEnd[state] ? 0 : Endless;
        foreach (int next in states.Next[state])
            if (next != GrammarStates.None)
                height = Math.Min(height, _heights[next]);

        foreach (var (rule, then) in states.Calls[state])
            height = Math.Min(height, Math.Max(1 + _heights[states.Starts[rule]], _heights[then]));

        bool isNews = height < _heights[state];
        _heights[state] = Math.Min(height, _heights[state]);
        return isNews;
    }

    private GrammarStates Productive(GrammarStates states) => states with
    {
        Next = [.. states.Next.Select(row => row.Select(next => next != GrammarStates.None && _heights[next] < Endless ? next : GrammarStates.None).ToArray())],
        Calls = [.. states.Calls.Select(calls => calls.Where(call => _heights[states.Starts[call.Rule]] < Endless && _heights[call.Then] < Endless).ToArray())],
    };

    private bool FindEnds(GrammarStates states, int state)
    {
        if (_canEnd[state])
            return false;

        return _canEnd[state] = states.IsEnd[state] || states.Calls[state].Any(call => _canEnd[states.Starts[call.Rule]] && _canEnd[call.Then]);
    }

    private bool FindFirsts(GrammarStates states, int state)
    {
        var firsts = _firsts[state];
        ulong before = 0, after = 0;
        for (int word = 0; word < firsts.Length; word++)
        {
            before += (ulong)ulong.PopCount(firsts[word]);
            for (int of = word * 64; of < Math.Min((word + 1) * 64, states.Next[state].Length); of++)
                if (states.Next[state][of] != GrammarStates.None)
                    firsts[word] |= 1UL << (of % 64);

            foreach (var (rule, then) in states.Calls[state])
                firsts[word] |= _firsts[states.Starts[rule]][word] | (_canEnd[states.Starts[rule]] ? _firsts[then][word] : 0);

            after += (ulong)ulong.PopCount(firsts[word]);
        }
        return after > before;
    }

    /// <summary>Looks at states until none has news; each that has is looked at again by those before it.</summary>
    private void Settle(GrammarStates states, Func<int, bool> look)
    {
        var before = Enumerable.Range(0, states.Count).Select(_ => new List<int>()).ToArray();
        var callers = states.Starts.Select(_ => new List<int>()).ToArray();
        for (int state = 0; state < states.Count; state++)
        {
            foreach (int next in states.Next[state].Where(next => next != GrammarStates.None).Distinct())
                before[next].Add(state);

            foreach (var (rule, then) in states.Calls[state])
            {
                callers[rule].Add(state);
                before[then].Add(state);
            }
        }
        for (int rule = 0; rule < callers.Length; rule++)
            before[states.Starts[rule]].AddRange(callers[rule]);

        // Ends first: what follows is known before what it follows.
        var open = new Queue<int>(Enumerable.Range(0, states.Count).Reverse());
        while (open.TryDequeue(out int state))
        {
            _budget.SpendSteps(1 + states.Calls[state].Length + states.Next[state].Length / 8, Keyword);
            if (!look(state))
                continue;

            foreach (int earlier in before[state])
                open.Enqueue(earlier);
        }
    }

    /// <summary>A rule that begins with itself would be gone into for ever before a character comes.</summary>
    private void RequireProgress(GrammarStates states)
    {
        // 1 while a rule is being looked at, 2 behind it.
        var seen = new int[states.Starts.Count];
        for (int rule = 0; rule < seen.Length; rule++)
            Visit(rule);

        void Visit(int rule)
        {
            if (seen[rule] == 1)
                throw new SchemaException("grammar has a rule that begins with itself (left recursion), which is not supported: let it end with itself, or repeat with *");
            if (seen[rule] == 2)
                return;

            seen[rule] = 1;
            var begun = new HashSet<int>();
            var open = new Stack<int>([states.Starts[rule]]);
            while (open.TryPop(out int state))
            {
                if (!begun.Add(state))
                    continue;

                foreach (var (called, then) in states.Calls[state])
                {
                    Visit(called);
                    if (_canEnd[states.Starts[called]])
                        open.Push(then);
                }
            }
            seen[rule] = 2;
        }
    }
}

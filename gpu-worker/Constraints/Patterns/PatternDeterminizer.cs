using System.Runtime.InteropServices;
using System.Text;
using Serverless.GpuWorker.Constraints.Schemas;
using static Serverless.GpuWorker.Constraints.Patterns.PatternNetwork;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>
/// Makes a network deterministic by the subset construction, over classes of characters. Of several patterns, all of which must match or must not, a state holds one
/// subset for each.
/// </summary>
internal sealed class PatternDeterminizer
{
    private static readonly int[] Matched = [Match];

    private readonly PatternNetwork _network;
    private readonly ReadingBudget _budget;
    private readonly CharacterClasses _classes;
    private readonly bool[]?[] _classesOf;
    private readonly int[] _visits;
    private readonly bool?[] _endMatches;
    private readonly List<int> _found = [];
    private readonly Stack<int> _open = new();
    private readonly Dictionary<string, int> _ids = [];
    private readonly List<int[][]> _states = [];

    // Whether the character before each state is one of a word, and which classes are; only where words have borders.
    private readonly List<bool> _areBehindWords = [];
    private readonly bool[]? _wordClasses;
    private int _visit;

    private PatternDeterminizer(PatternNetwork network, ReadingBudget budget)
    {
        (_network, _budget) = (network, budget);
        _classes = new CharacterClasses(network.Sets, budget);
        _classesOf = [.. network.Parts.Select(part => part.Set is null ? null : _classes.In(part.Set))];
        _visits = new int[network.Parts.Count];
        _endMatches = new bool?[network.Parts.Count];
        _wordClasses = network.HasBoundaries ? _classes.In(CodePointSet.Word) : null;
    }

    /// <param name="isQuoted">Whether the strings stand in JSON.</param>
    /// <exception cref="SchemaException">The automaton is too large, or takes too long to make; or no text matches.</exception>
    public static PatternAutomaton Run(PatternNetwork network, ReadingBudget budget, bool isQuoted = true) => new PatternDeterminizer(network, budget).Run(isQuoted);

    private PatternAutomaton Run(bool isQuoted)
    {
        var rows = new List<int[]>();
        Add([.. _network.Starts.Select(start => Close([start], isStart: true))], isStart: true, isBehindWord: false);
        for (int state = 0; state < _states.Count; state++)
        {
            // A state, its key and its row take some hundred bytes beside what they hold.
            _budget.SpendBytes(400 + 2 * _classes.Count * sizeof(int), "pattern");
            var row = new int[_classes.Count];
            for (int of = 0; of < row.Length; of++)
                row[of] = After(state, of);
            rows.Add(row);
        }
        var accepting = _states.Select((parts, state) => Enumerable.Range(0, parts.Length).All(part => MatchesAtEnd(parts[part], isStart: state == 0, _areBehindWords[state]) != _network.AreForbidden[part]));
        return PatternAutomaton.Of(rows, [.. accepting], new CharacterSpelling(_classes, _budget, isQuoted));
    }

    private int After(int id, int of)
    {
        var state = _states[id];
        bool isWord = _wordClasses?[of] == true;
        var next = new int[state.Length][];
        for (int i = 0; i < state.Length; i++)
        {
            int[] now = _wordClasses is null || state[i] == Matched ? state[i] : PassBoundaries(state[i], isStart: id == 0, _areBehindWords[id] != isWord);
            next[i] = now == Matched ? Matched : Close(now.Where(part => _classesOf[part]?[of] == true).Select(part => _network.Parts[part].Next), isStart: false);
            _budget.SpendSteps(state[i].Length, "pattern");
            if (_network.AreForbidden[i] ? next[i] == Matched : next[i].Length == 0)
                return PatternAutomaton.None;
        }
        return Add(next, isStart: false, isWord);
    }

    /// <summary>The same with what lies behind those of its words' borders that are there.</summary>
    private int[] PassBoundaries(int[] parts, bool isStart, bool isBoundary)
    {
        int[] borders = [.. parts.Where(part => _network.Parts[part].Kind == PartKind.Boundary)];
        if (borders.Length == 0)
            return parts;

        int[] passed = Close(borders, isStart, isBoundary);
        return passed == Matched ? Matched : [.. parts.Except(borders).Union(passed)];
    }

    /// <summary>The characters and ends that may come next, rising; or that the pattern has matched already, after which anything may come.</summary>
    /// <param name="isBoundary">Whether a word begins or ends here; null where the next character tells.</param>
    private int[] Close(IEnumerable<int> from, bool isStart, bool? isBoundary = null)
    {
        _visit++;
        _found.Clear();
        foreach (int part in from)
            Open(part);

        int steps = 0;
        bool isMatched = false;
        for (; _open.TryPop(out int id); steps++)
        {
            var part = _network.Parts[id];
            switch (part.Kind)
            {
                case PartKind.Match:
                    isMatched = true;
                    break;
                case PartKind.Split:
                    Open(part.Other);
                    Open(part.Next);
                    break;
                case PartKind.Start when isStart:
                    Open(part.Next);
                    break;
                case PartKind.Boundary when isBoundary is { } border:
                    if (border != (part.Other == 1))
                        Open(part.Next);
                    break;
                case PartKind.Character or PartKind.End or PartKind.Boundary:
                    _found.Add(id);
                    break;
            }
        }
        _budget.SpendSteps(2 + steps, "pattern");
        if (isMatched)
            return Matched;

        _found.Sort();
        return [.. _found];
    }

    private void Open(int part)
    {
        if (_visits[part] == _visit)
            return;

        _visits[part] = _visit;
        _open.Push(part);
    }

    private bool MatchesAtEnd(int[] parts, bool isStart, bool isBehindWord)
    {
        if (parts == Matched)
            return true;

        foreach (int part in parts)
        {
            if (_network.Parts[part].Kind is not (PartKind.End or PartKind.Boundary))
                continue;
            if (isStart || _wordClasses is not null ? LeadsToMatch(part, isStart, isBehindWord) : _endMatches[part] ??= LeadsToMatch(part, isStart, isBehindWord))
                return true;
        }
        return false;
    }

    /// <summary>Whether the end of the string is a match from an end's part, or a border's, on. A word ends there too.</summary>
    private bool LeadsToMatch(int end, bool isStart, bool isBehindWord)
    {
        _visit++;
        Open(end);
        bool isMatched = false;
        int steps = 0;
        for (; _open.TryPop(out int id); steps++)
        {
            var part = _network.Parts[id];
            isMatched |= part.Kind == PartKind.Match;
            if (part.Kind is PartKind.Split or PartKind.End || (part.Kind == PartKind.Start && isStart))
            {
                Open(part.Next);
                Open(part.Other);
            }
            else if (part.Kind == PartKind.Boundary && isBehindWord != (part.Other == 1))
                Open(part.Next);
        }
        _budget.SpendSteps(steps, "pattern");
        return isMatched;
    }

    private int Add(int[][] state, bool isStart, bool isBehindWord)
    {
        // No part is as long as these marks are high.
        var key = new StringBuilder(isStart ? "\uffff" : isBehindWord ? "\ufffe" : "");
        foreach (int[] part in state)
            key.Append((char)part.Length).Append([.. part.Select(id => (char)id)]);

        ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, key.ToString(), out bool isKnown);
        if (isKnown)
            return id;
        if (_states.Count == ConstraintLimits.PatternStates)
            throw new SchemaException($"pattern must need at most {ConstraintLimits.PatternStates} states: it must have fewer or smaller repetitions, and maxLength bounds a length at less cost");

        id = _states.Count;
        _states.Add(state);
        _areBehindWords.Add(isBehindWord);
        return id;
    }
}

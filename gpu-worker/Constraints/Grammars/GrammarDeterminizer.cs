using Serverless.GpuWorker.Constraints.Patterns;
using Serverless.GpuWorker.Constraints.Schemas;
using static Serverless.GpuWorker.Constraints.Patterns.PatternNetwork;

namespace Serverless.GpuWorker.Constraints.Grammars;

/// <summary>Makes each rule deterministic by the subset construction, where a text of another rule counts as one character that no other class has.</summary>
internal sealed class GrammarDeterminizer(PatternNetwork network, CharacterClasses classes, ReadingBudget budget)
{
    private const string Keyword = "grammar";

    private readonly bool[]?[] _classesOf = [.. network.Parts.Select(part => part.Set is null ? null : classes.In(part.Set))];
    private readonly List<int[]> _states = [];
    private readonly Dictionary<string, int> _ids = [];
    private readonly HashSet<int> _visited = [];
    private readonly Stack<int> _open = new();

    /// <exception cref="SchemaException">There are too many states, or they take too long to make.</exception>
    public GrammarStates Run()
    {
        int[] starts = [.. network.Starts.Select(start => Add(Close([start])))];
        var next = new List<int[]>();
        var calls = new List<(int, int)[]>();
        for (int state = 0; state < _states.Count; state++)
        {
            budget.SpendBytes(400 + 2 * classes.Count * sizeof(int), Keyword);
            budget.SpendSteps((long)classes.Count * _states[state].Length, Keyword);
            int[] characters = [.. _states[state].Where(part => network.Parts[part].Kind == PartKind.Character)];
            next.Add([.. Enumerable.Range(0, classes.Count).Select(of => After(characters.Where(part => _classesOf[part]![of])))]);
            var rules = _states[state].Where(part => network.Parts[part].Kind == PartKind.Rule).GroupBy(part => network.Parts[part].Other);
            calls.Add([.. rules.Select(parts => (parts.Key, After(parts)))]);
        }
        return new GrammarStates(next, calls, [.. _states.Select(state => state.Contains(Match))], starts);
    }

    private int After(IEnumerable<int> parts) => Close(parts.Select(part => network.Parts[part].Next)) is { Length: > 0 } state ? Add(state) : GrammarStates.None;

    /// <summary>The characters, rules and ends that may come next, rising.</summary>
    private int[] Close(IEnumerable<int> from)
    {
        _visited.Clear();
        foreach (int part in from)
            _open.Push(part);

        var found = new List<int>();
        int steps = 0;
        for (; _open.TryPop(out int id); steps++)
        {
            if (!_visited.Add(id))
                continue;

            if (network.Parts[id].Kind == PartKind.Split)
            {
                _open.Push(network.Parts[id].Other);
                _open.Push(network.Parts[id].Next);
            }
            else
                found.Add(id);
        }
        budget.SpendSteps(2 + steps, Keyword);
        found.Sort();
        return [.. found];
    }

    private int Add(int[] state)
    {
        string key = string.Concat(state.Select(id => (char)id));
        if (_ids.TryGetValue(key, out int known))
            return known;
        if (_states.Count == ConstraintLimits.GrammarStates)
            throw new SchemaException($"a grammar must need at most {ConstraintLimits.GrammarStates} states: it must have fewer or smaller rules and repetitions");

        _states.Add(state);
        return _ids[key] = _states.Count - 1;
    }
}

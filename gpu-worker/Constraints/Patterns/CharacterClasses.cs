using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>
/// All characters in classes, so that those of a class are in the same of the patterns' sets, and an automaton need look at classes only.
/// </summary>
internal sealed class CharacterClasses
{
    private readonly List<int> _borders;
    private readonly int[] _classes;
    private readonly Dictionary<string, bool[]> _members = [];

    public CharacterClasses(IReadOnlyCollection<CodePointSet> sets, ReadingBudget budget, string keyword = "pattern")
    {
        // Each interval from one border to the next is in a set as a whole or not at all.
        _borders = [.. sets.Append(CodePointSet.All).SelectMany(set => set.Ranges).SelectMany(range => new[] { range.First, range.Last + 1 }).Distinct().Order()];
        _classes = new int[_borders.Count];
        Count = 1;
        foreach (var set in sets)
            Divide(set, budget, keyword);

        foreach (var set in sets)
            _members[set.Key] = MembersOf(set);
    }

    public int Count { get; private set; }

    /// <summary>The characters from first to last, and their class, rising; surrogates are in none.</summary>
    public IEnumerable<(int First, int Last, int Class)> Intervals =>
        from i in Enumerable.Range(0, _borders.Count - 1)
        where _borders[i] != CodePointSet.FirstSurrogate
        select (_borders[i], _borders[i + 1] - 1, _classes[i]);

    /// <summary>Which classes are in one of the sets that this was made of.</summary>
    public bool[] In(CodePointSet set) => _members[set.Key];

    /// <summary>Parts each class in what is in the set and what is not.</summary>
    private void Divide(CodePointSet set, ReadingBudget budget, string keyword)
    {
        budget.SpendSteps(_borders.Count * 4, keyword);
        var parts = new Dictionary<(int Class, bool IsInside), int>();
        bool[] inside = Inside(set);
        for (int i = 0; i < _classes.Length; i++)
        {
            var key = (_classes[i], inside[i]);
            if (!parts.TryGetValue(key, out int part))
                parts[key] = part = parts.Count;
            _classes[i] = part;
        }
        Count = parts.Count;
        if (Count > ConstraintLimits.PatternClasses)
            throw new SchemaException($"{keyword} must tell at most {ConstraintLimits.PatternClasses} kinds of characters apart");
    }

    private bool[] MembersOf(CodePointSet set)
    {
        var members = new bool[Count];
        bool[] inside = Inside(set);
        for (int i = 0; i < inside.Length; i++)
            members[_classes[i]] |= inside[i];

        return members;
    }

    private bool[] Inside(CodePointSet set)
    {
        var inside = new bool[_borders.Count];
        foreach (var (first, last) in set.Ranges)
            for (int i = _borders.BinarySearch(first); _borders[i] <= last; i++)
                inside[i] = true;

        return inside;
    }
}

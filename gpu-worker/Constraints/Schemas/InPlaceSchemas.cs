namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// Which schemas of one value stand within which others, in place: what those evaluate counts for the <c>unevaluatedProperties</c> and <c>unevaluatedItems</c> of these (JSON Schema 2020-12,
/// section 11.1).
/// </summary>
internal sealed class InPlaceSchemas
{
    private readonly Dictionary<int, HashSet<int>> _within = [];

    /// <param name="outer">Where the schema begins that has the keyword.</param>
    /// <param name="inner">Where the one begins that the keyword holds or refers to.</param>
    public void Add(int outer, int inner)
    {
        if (!_within.TryGetValue(outer, out var all))
            _within[outer] = all = [];

        all.Add(inner);
    }

    /// <summary>A schema and all within it.</summary>
    public HashSet<int> Of(int schema)
    {
        var found = new HashSet<int> { schema };
        var open = new Stack<int>([schema]);
        while (open.TryPop(out int next))
            if (_within.TryGetValue(next, out var all))
                foreach (int inner in all.Where(found.Add))
                    open.Push(inner);

        return found;
    }
}

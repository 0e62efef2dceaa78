using Serverless.Local.Search.Filters;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Queries;

/// <summary>The order of results: orderby's clauses, then the higher score, then document order.</summary>
internal sealed class ResultOrder
{
    private readonly List<(int? Field, bool Descending)> _clauses;
    private readonly Func<int, IndexedDocument> _at;

    /// <param name="at">The document of a slot; looked at only where a clause names a field.</param>
    /// <exception cref="SearchException">A clause is malformed or names a field that is not sortable.</exception>
    public ResultOrder(IndexSchema schema, IReadOnlyList<string> clauses, Func<int, IndexedDocument> at)
    {
        if (clauses.Count > 32)
            throw SearchException.BadRequest("'orderby' may have at most 32 clauses.");
        _at = at;
        _clauses = [.. clauses.Select(clause => Parse(schema, clause))];
    }

    public void Sort((int Slot, double Score)[] matches) => Array.Sort(matches, Compare);

    private static (int? Field, bool Descending) Parse(IndexSchema schema, string clause)
    {
        var words = clause.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 2 || (words.Length == 2 && words[1] is not ("asc" or "desc")))
            throw SearchException.BadRequest($"The orderby clause '{clause}' is invalid: 'field', 'field asc' and 'field desc' are permitted.");
        var descending = words.Length == 2 && words[1] == "desc";
        if (words[0] == "search.score()")
            return (null, descending);
        if (words[0].StartsWith("geo.", StringComparison.Ordinal))
            throw SearchException.Unsupported("geography in orderby");
        var field = schema.Find(words[0]) ?? throw SearchException.BadRequest($"Unknown field '{words[0]}' in 'orderby'.");
        return field.IsSortable ? (field.Ordinal, descending) : throw SearchException.BadRequest($"The field '{field.Name}' in 'orderby' is not sortable.");
    }

    private int Compare((int Slot, double Score) left, (int Slot, double Score) right)
    {
        foreach (var (field, descending) in _clauses)
        {
            var order = field is { } ordinal ? CompareValues(_at(left.Slot).Values[ordinal], _at(right.Slot).Values[ordinal]) : left.Score.CompareTo(right.Score);
            if (order != 0)
                return descending ? -order : order;
        }

        var byScore = right.Score.CompareTo(left.Score);
        return byScore != 0 ? byScore : left.Slot.CompareTo(right.Slot);
    }

    /// <summary>Null comes first in ascending order.</summary>
    private static int CompareValues(object? left, object? right) => (left, right) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        _ => FilterCompiler.Order(left, right),
    };
}

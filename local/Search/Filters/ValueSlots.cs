using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Filters;

/// <summary>
/// Which documents have a value in a filterable field of strings: as the service's own, so that looking up what one document has does not take a look at all others. A field is read when a filter first asks for it, and followed
/// from then on. Not thread-safe.
/// </summary>
/// <param name="all">The searchable documents.</param>
internal sealed class ValueSlots(IndexSchema schema, IEnumerable<IndexedDocument> all)
{
    private static readonly SortedSet<int> None = [];

    private readonly Dictionary<int, Dictionary<string, SortedSet<int>>> _fields = [];

    /// <summary>Slots among which are all of those that a filter accepts, in order; null where values say nothing of it.</summary>
    public SortedSet<int>? Candidates(FilterExpression filter)
    {
        switch (filter)
        {
            case FilterExpression.And and:
                return and.Terms.Select(Candidates).OfType<SortedSet<int>>().MinBy(slots => slots.Count);
            case FilterExpression.Or or:
                var any = or.Terms.Select(Candidates).ToList();
                return any.Contains(null) ? null : Union(any!);
            case FilterExpression.Comparison { Operator: FilterOperator.Eq, Value: string value } comparison when Read(comparison.Field) is { } field:
                return field.GetValueOrDefault(value, None);
            case FilterExpression.SearchIn searchIn when Read(searchIn.Field) is { } field:
                return Union(FilterCompiler.Values(searchIn).Select(value => field.GetValueOrDefault(value, None)));
            default:
                return null;
        }
    }

    public void Add(IndexedDocument document)
    {
        foreach (var (ordinal, field) in _fields) Add(field, ordinal, document);
    }

    public void Remove(IndexedDocument document)
    {
        foreach (var (ordinal, field) in _fields)
        {
            if (document.Values[ordinal] is not string value || !field.TryGetValue(value, out var slots)) continue;
            slots.Remove(document.Slot);
            if (slots.Count == 0) field.Remove(value);
        }
    }

    private static void Add(Dictionary<string, SortedSet<int>> field, int ordinal, IndexedDocument document)
    {
        if (document.Values[ordinal] is not string value) return;
        if (!field.TryGetValue(value, out var slots)) field[value] = slots = [];
        slots.Add(document.Slot);
    }

    private static SortedSet<int> Union(IEnumerable<SortedSet<int>> sets) => [.. sets.SelectMany(set => set)];

    private Dictionary<string, SortedSet<int>>? Read(string name)
    {
        if (schema.Find(name) is not { Type: FieldType.String, IsCollection: false, IsFilterable: true } field) return null;
        if (_fields.TryGetValue(field.Ordinal, out var known)) return known;
        var read = new Dictionary<string, SortedSet<int>>(StringComparer.Ordinal);
        foreach (var document in all) Add(read, field.Ordinal, document);
        return _fields[field.Ordinal] = read;
    }
}

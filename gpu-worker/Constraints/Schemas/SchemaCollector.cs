using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>Follows <c>allOf</c> and <c>$ref</c> to all schemas that a value must satisfy, and checks that their keywords are understood.</summary>
internal sealed class SchemaCollector(SchemaDocument document)
{
    private readonly DerivedSchemas _derived = new(document);

    // By where each begins: it is met over and over.
    private readonly Dictionary<int, Known> _known = [];
    private int _merges;

    /// <param name="choices">The lists that are left out, since an alternative stands among the schemas; the last schema is that of the last choice.</param>
    /// <exception cref="SchemaException">One of the schemas is none, has a keyword that is not understood, or leads to itself.</exception>
    public SchemaParts Collect(IReadOnlyList<JsonElement> schemas, SchemaChoices choices)
    {
        // An alternative that leads to the schema that it is one of would be a way around the list.
        if (choices.Owners.Count > 0)
            Visit(schemas[^1], new Collection { Path = [.. choices.Owners] }, null);

        var collection = new Collection();
        foreach (var (owner, alternative) in choices.Taken)
            collection.InPlace.Add(owner, alternative);
        foreach (var schema in schemas)
            Visit(schema, collection, null);

        string key = $"{string.Join(',', collection.Offsets)}/{choices.Key}";
        // What counts as evaluated may hang on which schemas the alternatives are of.
        if (collection.Keywords.Any(keyword => keyword is "unevaluatedProperties" or "unevaluatedItems"))
            key += $"/{string.Join(',', choices.Taken)}";

        return new SchemaParts(collection.Schemas, collection.Keywords, key, list => choices.Contains(OffsetOf(list)) || document.Overlaps(list), collection.InPlace);
    }

    public int OffsetOf(JsonElement schema) => document.OffsetOf(schema);

    /// <summary>A schema of all that a schema of the text is not satisfied by.</summary>
    /// <exception cref="SchemaException">It has a keyword that cannot be turned round.</exception>
    public JsonElement Negation(JsonElement schema) => _derived.Negation(schema);

    /// <summary>Whether nobody wrote a schema: it says what others say, and lists no properties or items.</summary>
    public bool IsDerived(JsonElement schema) => document.IsDerived(schema);

    /// <summary>Counts what bringing schemas together takes.</summary>
    /// <exception cref="SchemaException">It is more than a schema may.</exception>
    public void Spend(long merges)
    {
        if (merges > ConstraintLimits.Merges - _merges)
            throw new SchemaException($"allOf and $ref must bring fewer schemas together: they take more than {ConstraintLimits.Merges} comparisons");

        _merges += (int)merges;
    }

    /// <param name="around">The schema in place of which this one stands; null for none, or one in which nothing counts as evaluated.</param>
    private void Visit(JsonElement schema, Collection collection, int? around)
    {
        if (schema.ValueKind == JsonValueKind.True)
            return;
        if (SchemaKeywords.IsNever(schema))
            throw SchemaException.Contradiction("false, or not of anything, permits no value; it may stand only for properties, their names, items and one of several alternatives");
        if (schema.ValueKind != JsonValueKind.Object)
            throw new SchemaException("a schema must be an object or true");

        int offset = OffsetOf(schema);
        if (!collection.Path.Add(offset))
            throw new SchemaException("$ref must not lead back to itself without an object or array between");
        if (collection.Path.Count > ConstraintLimits.ReadingDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new SchemaException($"$ref and allOf must not lead through more than {ConstraintLimits.ReadingDepth} others");

        Spend(1);
        if (around is { } outer)
            collection.InPlace.Add(outer, offset);
        if (collection.Visited.Add(offset))
        {
            var known = KnownAs(schema, offset);
            if (known.Keywords.Count > 0)
                collection.Add(schema, offset, known.Keywords);
            foreach (string keyword in SchemaKeywords.References)
                if (schema.TryGetProperty(keyword, out var reference))
                    Visit(document.Target(reference), collection, offset);

            if (schema.TryGetProperty("allOf", out var all))
                VisitAll(all, collection, offset);
            foreach (var (derived, isNegation) in known.Derived)
                Visit(derived, collection, isNegation ? null : offset);
        }
        collection.Path.Remove(offset);
    }

    private void VisitAll(JsonElement all, Collection collection, int around)
    {
        if (all.ValueKind != JsonValueKind.Array || all.GetArrayLength() == 0)
            throw new SchemaException("allOf must be a list of schemas");

        foreach (var schema in all.EnumerateArray())
            Visit(schema, collection, around);
    }

    private Known KnownAs(JsonElement schema, int offset)
    {
        if (_known.TryGetValue(offset, out var known))
            return known;

        Check(schema, offset);
        return _known[offset] = new Known([.. SchemaParts.KeywordsOf(schema)], [.. _derived.Of(schema)]);
    }

    private void Check(JsonElement schema, int offset)
    {
        foreach (var member in schema.EnumerateObject())
            if (!SchemaKeywords.IsKnown(member.Name, document.IsDerived(schema)) && !SchemaKeywords.IsIdle(member) && !document.IsMereName(member, schema)
                && SchemaKeywords.Refusal(member.Name) is { } refusal)
            {
                throw new SchemaException(refusal);
            }
    }

    /// <param name="Keywords">What restricts a value of those that the schema has itself.</param>
    /// <param name="Derived">What must hold beside it.</param>
    private sealed record Known(IReadOnlyList<string> Keywords, IReadOnlyList<(JsonElement Schema, bool IsNegation)> Derived);

    private sealed class Collection
    {
        public List<JsonElement> Schemas { get; } = [];

        public List<int> Offsets { get; } = [];

        /// <summary>Of all schemas, each once.</summary>
        public List<string> Keywords { get; } = [];

        public HashSet<int> Visited { get; } = [];

        public InPlaceSchemas InPlace { get; } = new();

        /// <summary>The schemas that led here.</summary>
        public HashSet<int> Path { get; init; } = [];

        public void Add(JsonElement schema, int offset, IReadOnlyList<string> keywords)
        {
            Schemas.Add(schema);
            Offsets.Add(offset);
            Keywords.AddRange(keywords.Except(Keywords));
        }
    }
}

using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Serverless.GpuWorker.Constraints;

/// <summary>Follows <c>allOf</c> and <c>$ref</c> to all schemas that a value must satisfy, and checks that their keywords are understood.</summary>
internal sealed class SchemaCollector(JsonElement root)
{
    private int _merges;

    /// <param name="choices">The lists that are left out, since an alternative stands among the schemas; the last schema is that of the last choice.</param>
    /// <exception cref="SchemaException">One of the schemas is none, has a keyword that is not understood, or leads to itself.</exception>
    public SchemaParts Collect(IReadOnlyList<JsonElement> schemas, SchemaChoices choices)
    {
        // An alternative that leads to the schema that it is one of would be a way around the list.
        if (choices.Owners.Count > 0)
            Visit(schemas[^1], new Collection { Path = [.. choices.Owners] });

        var collection = new Collection();
        foreach (var schema in schemas)
            Visit(schema, collection);

        string key = $"{string.Join(',', collection.Schemas.Select(OffsetOf))}/{choices.Key}";
        return new SchemaParts(collection.Schemas, key, list => choices.Contains(OffsetOf(list)));
    }

    public int OffsetOf(JsonElement schema) => SchemaPointer.OffsetOf(root, schema);

    /// <summary>Counts what bringing schemas together takes.</summary>
    /// <exception cref="SchemaException">It is more than a schema may.</exception>
    public void Spend(long merges)
    {
        if (merges > ConstraintLimits.Merges - _merges)
            throw new SchemaException($"allOf and $ref must bring fewer schemas together: they take more than {ConstraintLimits.Merges} comparisons");

        _merges += (int)merges;
    }

    private void Visit(JsonElement schema, Collection collection)
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
        if (collection.Visited.Add(offset))
        {
            bool restricts = Check(schema, offset);
            if (restricts)
                collection.Schemas.Add(schema);
            if (schema.TryGetProperty("$ref", out var reference))
                Visit(Target(reference), collection);
            if (schema.TryGetProperty("allOf", out var all))
                VisitAll(all, collection);
        }
        collection.Path.Remove(offset);
    }

    private void VisitAll(JsonElement all, Collection collection)
    {
        if (all.ValueKind != JsonValueKind.Array || all.GetArrayLength() == 0)
            throw new SchemaException("allOf must be a list of schemas");

        foreach (var schema in all.EnumerateArray())
            Visit(schema, collection);
    }

    /// <summary>Whether the schema restricts anything itself.</summary>
    private static bool Check(JsonElement schema, int offset)
    {
        foreach (var member in schema.EnumerateObject())
            if (!SchemaKeywords.IsKnown(member.Name) && !SchemaKeywords.IsIdle(member) && !(offset == 0 && member.Name == "$id"))
                throw new SchemaException($"{SchemaPointer.Printable(member.Name, "a keyword of the schema")} is not supported");

        return SchemaParts.KeywordsOf(schema).Any();
    }

    private JsonElement Target(JsonElement reference)
    {
        string? text = reference.ValueKind == JsonValueKind.String ? reference.GetString() : null;
        return text is not null && SchemaPointer.Find(root, text) is { } target ? target : throw new SchemaException("$ref must point into the schema itself: #, #/$defs/name, ...");
    }

    private sealed class Collection
    {
        public List<JsonElement> Schemas { get; } = [];

        public HashSet<int> Visited { get; } = [];

        /// <summary>The schemas that led here.</summary>
        public HashSet<int> Path { get; init; } = [];
    }
}

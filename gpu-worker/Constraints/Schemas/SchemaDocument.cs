using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// A schema's text, and the schemas that say in other keywords what some of its keywords say. Each schema of either is told from all others by a number: where it begins.
/// </summary>
internal sealed class SchemaDocument(JsonElement root)
{
    private readonly List<(JsonElement Schema, int Begin, JsonElement Source)> _derived = [];
    private readonly Dictionary<(int Source, string Keyword), JsonElement> _known = [];
    private readonly HashSet<int> _overlapping = [];
    private SchemaNames? _names;
    private List<string>? _propertyNames;
    private int _end = SchemaPointer.LengthOf(root);

    private bool IsDraft4 => root.ValueKind == JsonValueKind.Object && root.TryGetProperty("$schema", out var draft) && draft.ValueKind == JsonValueKind.String
        && draft.GetString()!.Contains("draft-04", StringComparison.Ordinal);

    /// <summary>Where a schema begins: in the text, or behind it where it is derived.</summary>
    public int OffsetOf(JsonElement schema)
    {
        if (SchemaPointer.TryOffsetOf(root, schema) is { } offset)
            return offset;

        foreach (var (derived, begin, _) in _derived)
            if (SchemaPointer.TryOffsetOf(derived, schema) is { } within)
                return begin + within;

        throw new ArgumentException("The element is of another document.", nameof(schema));
    }

    /// <summary>Whether nobody wrote the schema: it says what keywords of the text say.</summary>
    public bool IsDerived(JsonElement schema) => SchemaPointer.TryOffsetOf(root, schema) is null;

    /// <summary>Whether alternatives of a <c>oneOf</c> overlap, so that each is read with the negations of the others.</summary>
    public bool Overlaps(JsonElement list) => _overlapping.Count > 0 && _overlapping.Contains(OffsetOf(list));

    /// <summary>Says where a list begins whose alternatives overlap.</summary>
    public void SetOverlaps(int list) => _overlapping.Add(list);

    /// <summary>
    /// Whether a keyword gives a schema a name that changes nothing: <c>$id</c> of the whole or where no reference is read by it, and <c>id</c>, a keyword of draft 4 alone, which generators
    /// write as an annotation.
    /// </summary>
    public bool IsMereName(JsonProperty member, JsonElement schema) => member.Value.ValueKind == JsonValueKind.String && member.Name switch
    {
        "$id" => OffsetOf(schema) == 0 || !HoldsReference(schema),
        "id" => OffsetOf(schema) == 0 || !IsDraft4 || !HoldsReference(schema),
        _ => false,
    };

    /// <summary>What the text's <c>properties</c> name, each once.</summary>
    public IReadOnlyList<string> PropertyNames => _propertyNames ??= [.. Named(root).Distinct()];

    /// <summary>What a reference leads to.</summary>
    /// <exception cref="SchemaException">It leads to nothing within the text.</exception>
    public JsonElement Target(JsonElement reference)
    {
        string? text = reference.ValueKind == JsonValueKind.String ? reference.GetString() : null;
        return text is not null && (_names ??= new SchemaNames(root)).Find(text) is { } target ? target : throw new SchemaException("$ref must point into the schema itself: #, #/$defs/name, #anchor, ...");
    }

    /// <summary>A schema of the text that refers to one: as JSON.</summary>
    public string ReferenceTo(JsonElement schema) => $$"""{"$ref":{{JsonSerializer.Serialize(SchemaPointer.Exact(root, schema))}}}""";

    /// <summary>Where a schema stands, for an error; of a derived one the place of what it says.</summary>
    public string PointerTo(JsonElement schema)
    {
        if (!IsDerived(schema))
            return SchemaPointer.To(root, schema);

        foreach (var (derived, _, source) in _derived)
            if (SchemaPointer.TryOffsetOf(derived, schema) is not null)
                return SchemaPointer.To(root, source);

        throw new ArgumentException("The element is of another document.", nameof(schema));
    }

    /// <summary>The schema that says what <paramref name="keyword"/> says of <paramref name="source"/>, a schema of the text: made once.</summary>
    /// <param name="write">Makes its JSON.</param>
    /// <exception cref="SchemaException">There would be too many.</exception>
    public JsonElement Derive(JsonElement source, string keyword, Func<string> write)
    {
        var key = (OffsetOf(source), keyword);
        if (_known.TryGetValue(key, out var known))
            return known;

        string json = write();
        if (_derived.Count == ConstraintLimits.Derived || json.Length > ConstraintLimits.FormChars)
            throw new SchemaException($"a schema must have at most {ConstraintLimits.Derived} of if, not, dependentRequired and dependentSchemas, those within not and if counted, and of moderate size");

        var schema = JsonElement.Parse(json);
        _derived.Add((schema, _end, source));
        _end += SchemaPointer.LengthOf(schema);
        return _known[key] = schema;
    }

    private static IEnumerable<string> Named(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Named),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            (member is { Name: "properties", Value.ValueKind: JsonValueKind.Object } ? member.Value.EnumerateObject().Select(property => property.Name) : []).Concat(Named(member.Value))),
        _ => [],
    };

    private static bool HoldsReference(JsonElement schema) => SchemaKeywords.References.Any(keyword => schema.GetRawText().Contains($"\"{keyword}\"", StringComparison.Ordinal));
}

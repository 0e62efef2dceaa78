using System.Runtime.CompilerServices;
using System.Text.Json;
using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Numbers;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>Reads a JSON schema into nodes. What is not understood is refused by name, never passed over.</summary>
internal sealed class SchemaReader
{
    private readonly JsonElement _root;
    private readonly SchemaDocument _document;
    private readonly SchemaCollector _collector;
    private readonly StringSchemas _strings;
    private readonly NumberSchemas _numbers;
    private readonly LiteralSchemas _literals;
    private readonly ArrayReader _arrays;
    private readonly HashSet<SchemaNode> _nodes = [];
    private readonly Dictionary<string, ReferenceNode> _references = [];

    // In the order in which they came.
    private readonly List<SchemaNode> _order = [];
    private readonly List<string> _keys = [];
    private readonly List<(int List, IReadOnlyList<SchemaNode> Alternatives)> _exclusive = [];
    private SchemaNode? _any;
    private int _depth;

    private SchemaReader(JsonElement root)
    {
        var budget = new ReadingBudget();
        (_root, _document, _strings, _numbers) = (root, new SchemaDocument(root), new StringSchemas(budget), new NumberSchemas(budget));
        _collector = new SchemaCollector(_document);
        _literals = new LiteralSchemas(_collector, _strings);
        _arrays = new ArrayReader(this, _collector);
    }

    /// <summary>The node of the whole schema, and about how many bytes all of its nodes take.</summary>
    /// <exception cref="SchemaException">The text is no schema that can be enforced.</exception>
    public static (SchemaNode Node, long Bytes) Read(string schema)
    {
        if (schema.Length > ConstraintLimits.SchemaChars)
            throw new SchemaException($"a schema must have at most {ConstraintLimits.SchemaChars} characters");

        try
        {
            using var document = JsonDocument.Parse(schema, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = ConstraintLimits.SchemaDepth });
            return Read(document.RootElement.Clone());
        }
        catch (JsonException malformed)
        {
            throw new SchemaException($"a schema must be JSON without repeated names, of at most {ConstraintLimits.SchemaDepth} levels", malformed);
        }
        catch (InvalidOperationException malformed)
        {
            throw new SchemaException("a schema's strings must be valid Unicode", malformed);
        }
    }

    /// <summary>Reads it again where alternatives of a <c>oneOf</c> turn out to overlap, which are then read as what satisfies one alone.</summary>
    private static (SchemaNode Node, long Bytes) Read(JsonElement root)
    {
        var overlapping = new HashSet<int>();
        for (int reading = 0; reading < ConstraintLimits.Rereadings; reading++)
        {
            var reader = new SchemaReader(root);
            foreach (int list in overlapping)
                reader._document.SetOverlaps(list);

            try
            {
                var node = reader.ReadNode([reader._root]);
                SchemaChecks.Measure(reader._nodes);
                SchemaChecks.FindLeaves(reader._nodes);
                SchemaChecks.RequireWritable(node);
                if (!reader.FindOverlaps(overlapping))
                    return (node, reader._nodes.Sum(one => one.Bytes + 16L * one.Leaves.Count));
            }
            catch (SchemaException exception) when (overlapping.Count > 0)
            {
                throw Overlapping(exception);
            }
        }
        throw Overlapping(null);
    }

    private static SchemaException Overlapping(SchemaException? cause) => new(
        "oneOf must have alternatives of different types, or with a required property of different const values, or that each require a property that the other is not written with, or some of which not may hold; anyOf asks for less"
        + (cause is null ? "" : $". Of these some overlap, and what satisfies one alone cannot be held to: {cause.Message}"), cause);

    /// <summary>Adds the lists whose alternatives overlap, and were not known to.</summary>
    private bool FindOverlaps(HashSet<int> overlapping)
    {
        int known = overlapping.Count;
        var alternatives = new SchemaAlternatives();
        foreach (var (list, nodes) in _exclusive)
            if (!overlapping.Contains(list) && !alternatives.AreExclusive(nodes))
                overlapping.Add(list);

        return overlapping.Count > known;
    }

    /// <summary>The node of the values that satisfy all of some schemas; none are satisfied by any value.</summary>
    /// <param name="choices">The lists from which the schemas hold an alternative; null for none.</param>
    internal SchemaNode ReadNode(IReadOnlyList<JsonElement> schemas, SchemaChoices? choices = null)
    {
        // References lead deeper than the document itself is.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new SchemaException("a schema must not lead deeper through its references");

        SchemaParts? parts = null;
        try
        {
            parts = _collector.Collect(schemas, choices ?? SchemaChoices.None);
            if (parts.Restricting.Count == 0)
                return Any();

            bool isInPlace = schemas.Count == 1 && parts.Schemas.Count == 1 && _collector.OffsetOf(schemas[0]) == _collector.OffsetOf(parts.Schemas[0]);
            return isInPlace ? ReadParts(parts, SchemaChoices.None) : Reference(parts, choices ?? SchemaChoices.None);
        }
        catch (SchemaException exception) when (exception.Pointer is null && schemas.Count > 0)
        {
            throw exception.At(_document.PointerTo(parts?.Schemas is [var only] ? only : choices is null ? schemas[0] : schemas[^1]));
        }
    }

    private ReferenceNode Reference(SchemaParts parts, SchemaChoices choices)
    {
        if (_references.TryGetValue(parts.Key, out var known))
            return known;

        // Known before its target is read, which may refer to itself.
        var reference = _references[parts.Key] = Keep(new ReferenceNode());
        _keys.Add(parts.Key);
        if (++_depth > ConstraintLimits.ReadingDepth)
            throw new SchemaException($"$ref must not lead through more than {ConstraintLimits.ReadingDepth} others");

        reference.Target = ReadParts(parts, choices);
        _depth--;
        return reference;
    }

    private SchemaNode ReadParts(SchemaParts parts, SchemaChoices choices)
    {
        if (parts.Restricting.FirstOrDefault(SchemaChoices.IsList) is { } keyword)
            return Alternatives(parts, keyword, choices);
        return parts.Has("enum") || parts.Has("const") ? Keep(new LiteralNode(_literals.Read(parts))) : ReadTyped(parts);
    }

    private SchemaNode ReadTyped(SchemaParts parts)
    {
        var types = LiteralSchemas.TypesLeft(parts, TypeNames.Of(parts));
        SchemaNode[] nodes = [.. types.Select(name => Typed(name, parts))];
        return nodes.Length == 1 ? nodes[0] : Keep(new UnionNode(nodes));
    }

    private SchemaNode Typed(string type, SchemaParts parts) => type switch
    {
        "object" => ReadObject(parts),
        "array" => _arrays.Read(parts),
        "string" => Keep(_strings.Read(parts)),
        "number" or "integer" => Keep(_numbers.Read(parts, type == "integer")),
        "boolean" => Keep(new LiteralNode(LiteralSchemas.BooleansOf(parts))),
        _ => Keep(new LiteralNode(JsonLiterals.Null)),
    };

    /// <summary>The strings or integers that satisfy all of some schemas, where those say that a value is one, nothing of alternatives and no bounds of numbers; null otherwise.</summary>
    internal (PatternAutomaton Automaton, PatternCounts Counts, bool AreStrings)? TextsOf(IReadOnlyList<JsonElement> schemas)
    {
        var parts = _collector.Collect(schemas, SchemaChoices.None);
        if (parts.Restricting.Any(keyword => SchemaChoices.IsList(keyword) || keyword is "enum" or "const") || LiteralSchemas.TypesLeft(parts, TypeNames.Of(parts)) is not [var type])
            return null;

        bool areStrings = type == "string";
        if (!areStrings && (type != "integer" || parts.Restricting.Any(keyword => keyword != "type" && SchemaKeywords.TypeOf(keyword) is null or "number" || keyword == "format")))
            return null;

        var (automaton, counts) = _strings.Counted(areStrings ? StringSchemas.RuleOf(parts) : StringRule.Any.With([$"^(?:0|-?[1-9]\\d{{0,{ConstraintLimits.Digits - 1}}})$"]));
        return (automaton, counts, areStrings);
    }

    private SchemaNode ReadObject(SchemaParts parts)
    {
        var schemas = new ObjectSchemas(parts, _collector, _strings);
        var names = NameRules.Of(parts, _collector, _literals);
        var properties = new List<ObjectProperty>();
        foreach (string name in schemas.Names.Concat(schemas.RequiredOthers).Union(names.Listed ?? []))
        {
            bool isRequired = schemas.IsRequired(name);
            if (names.Permits(name, _strings) && schemas.Of(name) is { } own && (isRequired || own.Count > 0 || schemas.HasOthers))
            {
                // One that need not be there is not, where what several schemas say of it leaves nothing.
                SchemaException? contradiction = null;
                if ((isRequired || own.Count < 2 ? ReadNode(own) : TryRead(own, SchemaChoices.None, ref contradiction)) is { } value)
                    properties.Add(new ObjectProperty(name, value, isRequired));
            }
            else if (isRequired)
                throw SchemaException.Contradiction("required must not name a property that additionalProperties: false, propertyNames or a schema of false forbid");
        }
        var others = names.Listed is null ? ReadOthers(schemas, names.Rule, properties) : [];
        var (least, most) = PropertyCounts.Of(parts, properties, others);
        return Keep(new ObjectNode(properties, others, least, most) { IsClosed = schemas.IsClosed });
    }

    /// <summary>Properties that no schema names, by which of the patterns for names their names match; those that match none come last.</summary>
    private List<OtherProperties> ReadOthers(ObjectSchemas schemas, StringRule rule, List<ObjectProperty> properties)
    {
        var others = new List<OtherProperties>();
        string[] taken = [.. schemas.Names.Union(properties.Select(property => property.Name))];
        for (int matched = (1 << schemas.Patterns.Count) - 1; matched >= 0; matched--)
        {
            string[] patterns = [.. schemas.Patterns.Where((_, i) => (matched >> i & 1) == 1)];
            if (schemas.OfPatterns(patterns) is not { } own || (matched == 0 && !schemas.HasOthers))
                continue;

            bool isAny = schemas.Patterns.Count == 0 && rule.IsAny && taken.Length == properties.Count;
            if (isAny)
            {
                others.Add(new OtherProperties(null, ReadNode(own)));
                continue;
            }
            if (_strings.Names(rule.With(patterns), [.. schemas.Patterns.Except(patterns)], taken) is not { } names)
                continue;

            // What several patterns ask for may leave nothing, and then there is no such name.
            SchemaException? contradiction = null;
            if ((patterns.Length > 1 ? TryRead(own, SchemaChoices.None, ref contradiction) : ReadNode(own)) is { } value)
                others.Add(new OtherProperties(Keep(names), value));
        }
        return others;
    }

    private SchemaNode Alternatives(SchemaParts parts, string keyword, SchemaChoices choices)
    {
        var (owner, list) = parts.Lists(keyword).First();
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw new SchemaException($"{keyword} must be a list of schemas");

        if (choices.Owners.Count > 0)
            PlainContradictions.RequireNone(parts, _collector, _literals);

        // What nobody wrote may well leave nothing in one of its alternatives.
        bool standsAlone = parts.Schemas.Count == 1 && parts.Restricting.Count == 1 && !_collector.IsDerived(owner);
        var alternatives = new List<SchemaNode>();
        SchemaException? contradiction = null;
        foreach (var alternative in list.EnumerateArray())
        {
            if (standsAlone && !SchemaKeywords.IsNever(alternative))
                alternatives.Add(ReadNode([alternative]));
            else if (TryRead([.. parts.Schemas, alternative], choices.With(_collector.OffsetOf(list), _collector.OffsetOf(owner), _collector.OffsetOf(alternative)), ref contradiction) is { } node)
                alternatives.Add(node);
        }
        if (alternatives.Count == 0)
            throw contradiction!;
        if (keyword == "oneOf")
            _exclusive.Add((_collector.OffsetOf(list), alternatives));

        return Keep(new UnionNode(alternatives));
    }

    /// <summary>Null where what stands beside an alternative leaves nothing of it. All that was read of it is then forgotten: it may refer to what was not finished.</summary>
    internal SchemaNode? TryRead(IReadOnlyList<JsonElement> schemas, SchemaChoices choices, ref SchemaException? contradiction)
    {
        var (nodes, references, exclusive, depth) = (_order.Count, _keys.Count, _exclusive.Count, _depth);
        try
        {
            return ReadNode(schemas, choices);
        }
        catch (SchemaException exception) when (exception.IsContradiction)
        {
            contradiction ??= exception;
            _nodes.ExceptWith(_order.Skip(nodes));
            _order.RemoveRange(nodes, _order.Count - nodes);
            foreach (string key in _keys.Skip(references))
                _references.Remove(key);

            _keys.RemoveRange(references, _keys.Count - references);
            _exclusive.RemoveRange(exclusive, _exclusive.Count - exclusive);
            _depth = depth;
            if (_any is not null && !_nodes.Contains(_any))
                _any = null;

            return null;
        }
    }

    /// <summary>The node of every value.</summary>
    internal SchemaNode Any()
    {
        if (_any is not null)
            return _any;

        var whole = new ReferenceNode();
        _any = Keep(whole);
        whole.Target = Keep(new UnionNode(
        [
            Keep(new StringNode(0, int.MaxValue)), Keep(new NumberNode(false)), Keep(new LiteralNode([.. JsonLiterals.Booleans, .. JsonLiterals.Null])),
            Keep(new ObjectNode([], [new OtherProperties(null, whole)])), Keep(new ArrayNode([], whole, 0, int.MaxValue)),
        ]));
        return whole;
    }

    /// <summary>Has a node among those that the whole takes.</summary>
    /// <exception cref="SchemaException">They are too many.</exception>
    internal T Keep<T>(T node)
        where T : SchemaNode
    {
        // Strings and numbers that are alike are one node.
        if (_nodes.Add(node))
            _order.Add(node);
        return _nodes.Count <= ConstraintLimits.Nodes ? node : throw new SchemaException($"a schema must have at most {ConstraintLimits.Nodes} subschemas");
    }
}

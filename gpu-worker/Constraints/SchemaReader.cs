using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Serverless.GpuWorker.Constraints;

/// <summary>Reads a JSON schema into nodes. What is not understood is refused by name, never passed over.</summary>
internal sealed class SchemaReader
{
    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    private readonly JsonElement _root;
    private readonly List<SchemaNode> _nodes = [];
    private readonly Dictionary<string, ReferenceNode> _references = [];
    private readonly List<IReadOnlyList<SchemaNode>> _exclusive = [];
    private SchemaNode? _any;
    private int _depth;

    private SchemaReader(JsonElement root) => _root = root;

    /// <summary>The node of the whole schema.</summary>
    /// <exception cref="SchemaException">The text is no schema that can be enforced.</exception>
    public static SchemaNode Read(string schema)
    {
        if (schema.Length > ConstraintLimits.SchemaChars)
            throw new SchemaException($"a schema must have at most {ConstraintLimits.SchemaChars} characters");

        try
        {
            using var document = JsonDocument.Parse(schema, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var reader = new SchemaReader(document.RootElement.Clone());
            var node = reader.ReadNode(reader._root, isRoot: true);
            SchemaChecks.Measure(reader._nodes);
            SchemaChecks.FindLeaves(reader._nodes);
            SchemaChecks.RequireWritable(node);
            var alternatives = new SchemaAlternatives();
            foreach (var exclusive in reader._exclusive)
                alternatives.RequireExclusive(exclusive);

            return node;
        }
        catch (JsonException malformed)
        {
            throw new SchemaException("a schema must be JSON without repeated names", malformed);
        }
        catch (InvalidOperationException malformed)
        {
            throw new SchemaException("a schema's strings must be valid Unicode", malformed);
        }
    }

    private SchemaNode ReadNode(JsonElement schema, bool isRoot = false)
    {
        // References lead deeper than the document itself is.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new SchemaException("a schema must not lead deeper through its references");
        if (schema.ValueKind == JsonValueKind.True)
            return Any();
        if (schema.ValueKind == JsonValueKind.False)
            throw new SchemaException("false permits no value; it may stand for additionalProperties and items only");
        if (schema.ValueKind != JsonValueKind.Object)
            throw new SchemaException("a schema must be an object or true");

        var restricting = new List<string>();
        foreach (var member in schema.EnumerateObject())
        {
            if (!SchemaKeywords.IsKnown(member.Name) && !(isRoot && member.Name == "$id"))
                throw new SchemaException($"{Printable(member.Name)} is not supported");
            if (SchemaKeywords.IsKnown(member.Name) && !SchemaKeywords.IsAnnotation(member.Name))
                restricting.Add(member.Name);
        }
        if (restricting.FirstOrDefault(name => name is "$ref" or "anyOf" or "oneOf" or "enum" or "const") is not { } whole)
            return ReadTyped(schema, restricting);
        if (restricting.FirstOrDefault(name => name != whole && !(name == "type" && whole is "enum" or "const")) is { } beside)
            throw new SchemaException($"{beside} beside {whole} is not supported");

        return whole switch
        {
            "$ref" => Reference(schema.GetProperty(whole)),
            "anyOf" or "oneOf" => Alternatives(schema.GetProperty(whole), whole),
            _ => Literals(schema, whole),
        };
    }

    private SchemaNode ReadTyped(JsonElement schema, List<string> restricting)
    {
        var types = schema.TryGetProperty("type", out var type) ? TypesOf(type) : [.. restricting.Select(SchemaKeywords.TypeOf).OfType<string>().Distinct()];
        if (types.Count == 0)
            return Any();

        SchemaNode[] nodes = [.. types.Select(name => Typed(name, schema))];
        return nodes.Length == 1 ? nodes[0] : Keep(new UnionNode(nodes));
    }

    private SchemaNode Typed(string type, JsonElement schema) => type switch
    {
        "object" => ReadObject(schema),
        "array" => ReadArray(schema),
        "string" => ReadString(schema),
        "number" or "integer" => Keep(new NumberNode(type == "integer")),
        "boolean" => Keep(new LiteralNode(JsonLiterals.Booleans)),
        _ => Keep(new LiteralNode(JsonLiterals.Null)),
    };

    private SchemaNode ReadObject(JsonElement schema)
    {
        bool namesOthers = schema.TryGetProperty("additionalProperties", out var additional);
        bool hasProperties = schema.TryGetProperty("properties", out var named);
        if (hasProperties && named.ValueKind != JsonValueKind.Object)
            throw new SchemaException("properties must be an object");

        // Without a word about others, an object that names its properties is written with those alone, which satisfies the schema as well.
        SchemaNode? others = namesOthers ? (additional.ValueKind == JsonValueKind.False ? null : ReadNode(additional)) : hasProperties ? null : Any();
        var required = schema.TryGetProperty("required", out var list) ? Strings(list, "required") : [];
        var properties = new List<ObjectProperty>();
        if (hasProperties)
            foreach (var property in named.EnumerateObject())
                properties.Add(new ObjectProperty(property.Name, ReadNode(property.Value), required.Contains(property.Name)));

        foreach (string name in required.Distinct().Where(name => !properties.Exists(property => property.Name == name)))
        {
            var value = others ?? (namesOthers ? throw new SchemaException("required must not name a property that additionalProperties: false forbids") : Any());
            properties.Add(new ObjectProperty(name, value, true));
        }
        return Keep(new ObjectNode(properties, others));
    }

    private SchemaNode ReadArray(JsonElement schema)
    {
        int least = Count(schema, "minItems", 0), most = Count(schema, "maxItems", int.MaxValue);
        if (least > most)
            throw new SchemaException("minItems must not exceed maxItems");
        if (!schema.TryGetProperty("items", out var items))
            return Keep(new ArrayNode(Any(), least, most));
        if (items.ValueKind != JsonValueKind.False)
            return Keep(new ArrayNode(ReadNode(items), least, most));
        if (least > 0)
            throw new SchemaException("minItems must be 0 where items is false");

        return Keep(new ArrayNode(Any(), 0, 0));
    }

    private SchemaNode ReadString(JsonElement schema)
    {
        int least = Count(schema, "minLength", 0), most = Count(schema, "maxLength", int.MaxValue);
        return least <= most ? Keep(new StringNode(least, most)) : throw new SchemaException("minLength must not exceed maxLength");
    }

    private SchemaNode Literals(JsonElement schema, string keyword)
    {
        var given = schema.GetProperty(keyword);
        if (keyword == "enum" && given.ValueKind != JsonValueKind.Array)
            throw new SchemaException("enum must be a list");

        IReadOnlyList<JsonElement> values = keyword == "const" ? [given] : [.. given.EnumerateArray()];
        if (schema.TryGetProperty("type", out var type))
            values = [.. values.Where(value => TypesOf(type).Any(name => JsonLiterals.IsOfType(value, name)))];
        if (values.Count is 0 or > ConstraintLimits.Nodes)
            throw new SchemaException($"{keyword} must have from 1 to {ConstraintLimits.Nodes} values that type permits");

        return Keep(new LiteralNode(values));
    }

    private SchemaNode Alternatives(JsonElement list, string keyword)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw new SchemaException($"{keyword} must be a list of schemas");

        SchemaNode[] alternatives = [.. list.EnumerateArray().Select(alternative => ReadNode(alternative))];
        if (keyword == "oneOf")
            _exclusive.Add(alternatives);

        return Keep(new UnionNode(alternatives));
    }

    private ReferenceNode Reference(JsonElement pointer)
    {
        string? text = pointer.ValueKind == JsonValueKind.String ? pointer.GetString() : null;
        if (text is null || SchemaPointer.Find(_root, text) is not { } target)
            throw new SchemaException("$ref must point into the schema itself: #, #/$defs/name, ...");
        if (_references.TryGetValue(text, out var known))
            return known;

        // Known before its target is read, which may refer to itself.
        var reference = _references[text] = Keep(new ReferenceNode());
        if (++_depth > ConstraintLimits.ReadingDepth)
            throw new SchemaException($"$ref must not lead through more than {ConstraintLimits.ReadingDepth} others");

        reference.Target = ReadNode(target, isRoot: text == "#");
        _depth--;
        return reference;
    }

    private SchemaNode Any()
    {
        if (_any is not null)
            return _any;

        var whole = new ReferenceNode();
        _any = Keep(whole);
        whole.Target = Keep(new UnionNode(
        [
            Keep(new StringNode(0, int.MaxValue)), Keep(new NumberNode(false)), Keep(new LiteralNode([.. JsonLiterals.Booleans, .. JsonLiterals.Null])),
            Keep(new ObjectNode([], whole)), Keep(new ArrayNode(whole, 0, int.MaxValue)),
        ]));
        return whole;
    }

    private T Keep<T>(T node)
        where T : SchemaNode
    {
        _nodes.Add(node);
        return _nodes.Count <= ConstraintLimits.Nodes ? node : throw new SchemaException($"a schema must have at most {ConstraintLimits.Nodes} subschemas");
    }

    private static List<string> TypesOf(JsonElement type)
    {
        var types = type.ValueKind == JsonValueKind.String ? [type.GetString()!] : Strings(type, "type");
        return types.Count > 0 && types.TrueForAll(Types.Contains)
            ? [.. types.Distinct()]
            : throw new SchemaException($"type must be one or a list of: {string.Join(", ", Types)}");
    }

    private static List<string> Strings(JsonElement list, string keyword) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
            : throw new SchemaException($"{keyword} must be a list of strings");

    private static int Count(JsonElement schema, string keyword, int otherwise)
    {
        if (!schema.TryGetProperty(keyword, out var value))
            return otherwise;

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count is >= 0 and <= ConstraintLimits.Count
            ? count
            : throw new SchemaException($"{keyword} must be an integer from 0 to {ConstraintLimits.Count}");
    }

    /// <summary>A keyword as an error names it: content of the request may stand in its place.</summary>
    private static string Printable(string keyword) =>
        keyword.Length <= 32 && keyword.All(c => char.IsAsciiLetterOrDigit(c) || c is '$' or '_' or '-') ? keyword : "a keyword of the schema";
}

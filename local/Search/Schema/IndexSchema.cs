using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Local.Search.Text;

namespace Serverless.Local.Search.Schema;

/// <summary>An index definition, checked: what the REST body declares, and the body itself for returning it.</summary>
internal sealed partial class IndexSchema
{
    private readonly Dictionary<string, IndexField> _byName;

    private IndexSchema(string name, IReadOnlyList<IndexField> fields, JsonObject definition)
    {
        Name = name;
        Fields = fields;
        Definition = definition;
        Key = fields.Single(field => field.IsKey);
        _byName = fields.ToDictionary(field => field.Name, StringComparer.Ordinal);
    }

    public string Name { get; }

    public IReadOnlyList<IndexField> Fields { get; }

    public IndexField Key { get; }

    /// <summary>The body as it was sent, without OData annotations.</summary>
    public JsonObject Definition { get; }

    public IndexField? Find(string name) => _byName.GetValueOrDefault(name);

    /// <exception cref="SearchException">A field or name is not permitted; the message names it.</exception>
    public static IndexSchema Parse(JsonObject body)
    {
        try
        {
            return ParseChecked(body);
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or FormatException)
        {
            // JsonNode's way of saying that a value has another type than the one asked for.
            throw SearchException.BadRequest("The index definition has a property of the wrong JSON type.");
        }
    }

    private static IndexSchema ParseChecked(JsonObject body)
    {
        var name = body["name"]?.GetValue<string>() ?? throw SearchException.BadRequest("The index definition needs 'name'.");
        if (!IndexName().IsMatch(name))
            throw SearchException.BadRequest($"Index name '{name}' is invalid: 2 to 128 lower-case letters, digits or dashes, beginning and ending with a letter or digit, are permitted.");
        RefuseParts(body);
        var metrics = ReadVectorProfiles(body["vectorSearch"] as JsonObject);
        if (body["fields"] is not JsonArray array || array.Count == 0)
            throw SearchException.BadRequest("The index definition needs 'fields' with at least one field.");
        var fields = array.Select((node, ordinal) => ReadField(node as JsonObject ?? throw SearchException.BadRequest($"fields[{ordinal}] must be an object."), ordinal, metrics)).ToArray();
        if (fields.GroupBy(field => field.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw SearchException.BadRequest($"Field '{twice.Key}' is declared more than once.");
        if (fields.Count(field => field.IsKey) != 1)
            throw SearchException.BadRequest("Exactly one field must have 'key': true.");
        CheckSemantic(body["semantic"] as JsonObject, fields);
        var definition = (JsonObject)body.DeepClone();
        foreach (var annotation in definition.Select(pair => pair.Key).Where(key => key.StartsWith('@')).ToArray())
            definition.Remove(annotation);
        return new IndexSchema(name, fields, definition);
    }

    /// <summary>New fields may be added; existing ones may not change in a way that needs a rebuild.</summary>
    /// <exception cref="SearchException">An existing field was removed or changed.</exception>
    public void ThrowIfIncompatible(IndexSchema next)
    {
        foreach (var field in Fields)
        {
            var other = next.Find(field.Name)
                ?? throw SearchException.BadRequest($"Existing field '{field.Name}' cannot be deleted.", "CannotChangeExistingField");
            if (!field.IsLike(other))
                throw SearchException.BadRequest($"Existing field '{field.Name}' cannot be changed.", "CannotChangeExistingField");
        }
    }

    /// <summary>Configurations of a semantic ranker may be there where the ranker is not; they name text fields that are searched and shown.</summary>
    private static void CheckSemantic(JsonObject? semantic, IndexField[] fields)
    {
        foreach (var configuration in (semantic?["configurations"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var name = configuration["name"]?.GetValue<string>();
            if (string.IsNullOrEmpty(name)) throw SearchException.BadRequest("A semantic configuration needs 'name'.");
            var prioritized = configuration["prioritizedFields"] as JsonObject ?? throw SearchException.BadRequest($"Semantic configuration '{name}' needs 'prioritizedFields'.");
            var named = prioritized.SelectMany(part => part.Value is JsonArray list ? list.OfType<JsonObject>() : part.Value is JsonObject one ? [one] : []).Select(part => part["fieldName"]?.GetValue<string>()).ToList();
            if (named.Count == 0) throw SearchException.BadRequest($"Semantic configuration '{name}' must name at least one field.");
            var wrong = named.FindIndex(field => !Array.Exists(fields, known => known.Name == field && known is { IsSearchable: true, IsRetrievable: true, Type: FieldType.String }));
            if (wrong >= 0) throw SearchException.BadRequest($"Semantic configuration '{name}' names '{named[wrong]}', which is no searchable and retrievable field of text.");
        }
    }

    private static void RefuseParts(JsonObject body)
    {
        foreach (var part in (string[])["scoringProfiles", "suggesters", "analyzers", "tokenizers", "tokenFilters", "charFilters"])
            if (body[part] is JsonArray { Count: > 0 })
                throw SearchException.Unsupported($"'{part}' in an index definition");
    }

    private static Dictionary<string, VectorMetric> ReadVectorProfiles(JsonObject? vectorSearch)
    {
        var algorithms = new Dictionary<string, VectorMetric>(StringComparer.Ordinal);
        foreach (var algorithm in (vectorSearch?["algorithms"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var parameters = algorithm["hnswParameters"] ?? algorithm["exhaustiveKnnParameters"];
            var metric = parameters?["metric"]?.GetValue<string>() ?? "cosine";
            algorithms[algorithm["name"]?.GetValue<string>() ?? ""] = metric switch
            {
                "cosine" => VectorMetric.Cosine,
                "dotProduct" => VectorMetric.DotProduct,
                "euclidean" => VectorMetric.Euclidean,
                _ => throw SearchException.BadRequest($"Vector metric '{metric}' is unknown: cosine, dotProduct and euclidean are permitted."),
            };
        }

        var profiles = new Dictionary<string, VectorMetric>(StringComparer.Ordinal);
        foreach (var profile in (vectorSearch?["profiles"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var algorithm = profile["algorithm"]?.GetValue<string>() ?? "";
            profiles[profile["name"]?.GetValue<string>() ?? ""] = algorithms.TryGetValue(algorithm, out var metric)
                ? metric
                : throw SearchException.BadRequest($"Vector profile '{profile["name"]}' names algorithm '{algorithm}', which is not declared.");
        }

        return profiles;
    }

    private static IndexField ReadField(JsonObject field, int ordinal, Dictionary<string, VectorMetric> profiles)
    {
        var name = field["name"]?.GetValue<string>() ?? "";
        if (!FieldName().IsMatch(name) || name.StartsWith("azureSearch", StringComparison.Ordinal))
            throw SearchException.BadRequest($"Field name '{name}' is invalid: a letter, then up to 127 letters, digits or underscores are permitted.");
        var (type, isCollection) = ReadType(name, field["type"]?.GetValue<string>() ?? "");
        if (type == FieldType.ComplexType)
            return ReadComplex(field, name, ordinal, isCollection);
        var isKey = Flag("key", false);
        var dimensions = field["dimensions"]?.GetValue<int>() ?? 0;
        if (type == FieldType.Single && (!isCollection || dimensions is < 2 or > 3072))
            throw SearchException.BadRequest($"Field '{name}': a Collection(Edm.Single) with 'dimensions' from 2 to 3072 is permitted.");
        if (type != FieldType.Single && dimensions != 0)
            throw SearchException.BadRequest($"Field '{name}': only a Collection(Edm.Single) has 'dimensions'.");
        if (isKey && (type != FieldType.String || isCollection))
            throw SearchException.BadRequest($"Key field '{name}' must be of type Edm.String.");
        VectorMetric? metric = null;
        if (type == FieldType.Single)
        {
            var profile = field["vectorSearchProfile"]?.GetValue<string>() ?? "";
            metric = profiles.TryGetValue(profile, out var found)
                ? found
                : throw SearchException.BadRequest($"Vector field '{name}' names vectorSearchProfile '{profile}', which is not declared.");
        }

        var plain = type != FieldType.Single;
        var isText = type == FieldType.String;
        var searchable = Flag("searchable", isText && !isKey);
        if (searchable && plain && !isText)
            throw SearchException.BadRequest($"Field '{name}' cannot be searchable: only strings and vectors are.");
        var sortable = Flag("sortable", plain && !isCollection);
        if (sortable && isCollection)
            throw SearchException.BadRequest($"Field '{name}' cannot be sortable: it is a collection.");
        var analyzer = field["analyzer"]?.GetValue<string>() ?? field["indexAnalyzer"]?.GetValue<string>() ?? TextAnalyzers.Default;
        TextAnalyzers.ThrowIfUnknown(name, analyzer);
        return new IndexField(ordinal, name, type, isCollection, isKey, searchable, plain && Flag("filterable", plain), sortable, plain && Flag("facetable", plain), Flag("retrievable", true), analyzer, dimensions, metric);

        bool Flag(string flag, bool otherwise) => field[flag]?.GetValue<bool>() ?? otherwise;
    }

    /// <summary>Its own fields are plain ones: what is searched, sorted, a collection or complex again is not done.</summary>
    private static IndexField ReadComplex(JsonObject field, string name, int ordinal, bool isCollection)
    {
        if (!isCollection)
            throw SearchException.Unsupported($"the type Edm.ComplexType of field '{name}' outside a collection");
        if (field["fields"] is not JsonArray { Count: > 0 } parts)
            throw SearchException.BadRequest($"Field '{name}' of a complex type needs 'fields' with at least one field.");
        var fields = parts.Select((node, at) => ReadField(node as JsonObject ?? throw SearchException.BadRequest($"Field '{name}': fields[{at}] must be an object."), at, [])).ToArray();
        if (Array.Find(fields, part => part.IsKey) is { } key)
            throw SearchException.BadRequest($"Field '{name}/{key.Name}' cannot be a key.");
        if (Array.Find(fields, part => !part.IsRetrievable || part.IsSearchable || part.IsSortable || part.IsCollection || part.Type == FieldType.ComplexType) is { } other)
            throw SearchException.Unsupported($"a searchable, sortable, hidden, collection or complex field within a complex type ('{name}/{other.Name}')");
        if (fields.GroupBy(part => part.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw SearchException.BadRequest($"Field '{name}/{twice.Key}' is declared more than once.");
        return new IndexField(ordinal, name, FieldType.ComplexType, true, false, false, true, false, false, field["retrievable"]?.GetValue<bool>() ?? true, TextAnalyzers.Default, 0, null) { Fields = fields };
    }

    private static (FieldType Type, bool IsCollection) ReadType(string field, string type)
    {
        const string Prefix = "Collection(";
        var isCollection = type.StartsWith(Prefix, StringComparison.Ordinal) && type.EndsWith(')');
        FieldType element = (isCollection ? type[Prefix.Length..^1] : type) switch
        {
            "Edm.String" => FieldType.String,
            "Edm.Boolean" => FieldType.Boolean,
            "Edm.Int32" => FieldType.Int32,
            "Edm.Int64" => FieldType.Int64,
            "Edm.Double" => FieldType.Double,
            "Edm.DateTimeOffset" => FieldType.DateTimeOffset,
            "Edm.Single" => FieldType.Single,
            "Edm.ComplexType" => FieldType.ComplexType,
            "Edm.GeographyPoint" or "Edm.Half" or "Edm.Byte" or "Edm.SByte" or "Edm.Int16" => throw SearchException.Unsupported($"the type {type} of field '{field}'"),
            _ => throw SearchException.BadRequest($"Field '{field}' has the unknown type '{type}'."),
        };
        return (element, isCollection);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,126}[a-z0-9]$")]
    private static partial Regex IndexName();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,127}$")]
    private static partial Regex FieldName();
}

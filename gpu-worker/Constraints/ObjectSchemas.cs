using System.Text.Json;

namespace Serverless.GpuWorker.Constraints;

/// <summary>
/// What several schemas say of one object. A property that one names must satisfy the <c>additionalProperties</c> of each that does not name it (JSON
/// Schema 2020-12, section 10.3.2.3).
/// </summary>
internal sealed class ObjectSchemas
{
    private readonly List<Dictionary<string, JsonElement>> _named = [];
    private readonly List<JsonElement?> _others = [];
    private readonly List<string> _names = [];
    private readonly HashSet<string> _required;

    /// <exception cref="SchemaException">A keyword has a value that it cannot have; or they are too many to compare.</exception>
    public ObjectSchemas(SchemaParts parts, SchemaCollector collector)
    {
        foreach (var schema in parts.Schemas)
        {
            bool hasProperties = schema.TryGetProperty("properties", out var properties);
            if (hasProperties && properties.ValueKind != JsonValueKind.Object)
                throw new SchemaException("properties must be an object");

            _named.Add(hasProperties ? properties.EnumerateObject().ToDictionary(property => property.Name, property => property.Value) : []);
            _others.Add(schema.TryGetProperty("additionalProperties", out var others) ? others : null);
            if (hasProperties)
                _names.AddRange(properties.EnumerateObject().Select(property => property.Name));
        }
        _names = [.. _names.Distinct()];
        if (parts.Schemas.Count > 1)
            collector.Spend((long)_names.Count * parts.Schemas.Count);

        _required = [.. parts.All("required").SelectMany(list => SchemaParts.Strings(list, "required"))];
    }

    /// <summary>The properties that a schema names, in their order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The required properties that no schema names.</summary>
    public IEnumerable<string> RequiredOthers => _required.Except(_names);

    /// <summary>Whether a schema speaks of properties that none names.</summary>
    public bool NamesOthers => _others.Exists(others => others is not null);

    public bool IsRequired(string name) => _required.Contains(name);

    /// <summary>What a property must satisfy all of; null where there must be none of that name.</summary>
    public IReadOnlyList<JsonElement>? Of(string name)
    {
        var all = new List<JsonElement>();
        for (int i = 0; i < _named.Count; i++)
        {
            if (_named[i].TryGetValue(name, out var own))
                all.Add(own);
            else if (_others[i] is { ValueKind: JsonValueKind.False })
                return null;
            else if (_others[i] is { } others)
                all.Add(others);
        }
        return all;
    }

    /// <summary>What the properties that none names must satisfy all of; null where there must be none.</summary>
    public IReadOnlyList<JsonElement>? Others()
    {
        JsonElement[] all = [.. _others.OfType<JsonElement>()];
        return Array.Exists(all, others => others.ValueKind == JsonValueKind.False) ? null : all;
    }
}

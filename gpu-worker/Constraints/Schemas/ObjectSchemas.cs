using System.Text.Json;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// What several schemas say of one object. A property must satisfy what each has for its name and for the patterns that the name matches, and the
/// <c>additionalProperties</c> of each that has neither (JSON Schema 2020-12, section 10.3.2).
/// </summary>
internal sealed class ObjectSchemas
{
    private readonly StringSchemas _strings;
    private readonly List<Dictionary<string, JsonElement>> _named = [], _patterned = [];
    private readonly List<JsonElement?> _others = [];
    private readonly UnevaluatedRule[] _unevaluated;
    private readonly List<string> _names = [];
    private readonly HashSet<string> _required;

    /// <exception cref="SchemaException">A keyword has a value that it cannot have; or they are too many to compare.</exception>
    public ObjectSchemas(SchemaParts parts, SchemaCollector collector, StringSchemas strings)
    {
        _strings = strings;
        foreach (var schema in parts.Schemas)
        {
            _named.Add(Members(schema, "properties"));
            _patterned.Add(Members(schema, "patternProperties"));
            _others.Add(schema.TryGetProperty("additionalProperties", out var others) ? others : null);
        }
        _names = [.. _named.SelectMany(named => named.Keys).Distinct()];
        Patterns = [.. _patterned.SelectMany(patterned => patterned.Keys).Distinct().Order(StringComparer.Ordinal)];
        if (Patterns.Count > ConstraintLimits.NamePatterns)
            throw new SchemaException($"patternProperties must have at most {ConstraintLimits.NamePatterns} patterns");
        if (parts.Schemas.Count > 1)
            collector.Spend((long)_names.Count * parts.Schemas.Count);

        _unevaluated = UnevaluatedRule.All(parts, "unevaluatedProperties", collector);
        HasOthers = _unevaluated.Length > 0 || _others.Exists(others => others is not null)
            || !parts.Schemas.Any(schema => (schema.TryGetProperty("properties", out _) || schema.TryGetProperty("patternProperties", out _)) && !collector.IsDerived(schema));
        _required = [.. parts.All("required").SelectMany(list => SchemaParts.Strings(list, "required"))];
    }

    /// <summary>The properties that a schema names, in their order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The required properties that no schema names.</summary>
    public IEnumerable<string> RequiredOthers => _required.Except(_names);

    /// <summary>The patterns that the names of some properties match, each once.</summary>
    public IReadOnlyList<string> Patterns { get; }

    /// <summary>Whether a schema speaks of properties that none names and whose names match no pattern; or none lists any properties.</summary>
    public bool HasOthers { get; }

    /// <summary>Whether <c>additionalProperties</c> forbid properties that are not named.</summary>
    public bool IsClosed => Patterns.Count == 0 && _others.Exists(others => others is { } schema && SchemaKeywords.IsNever(schema));

    public bool IsRequired(string name) => _required.Contains(name);

    /// <summary>What a property must satisfy all of; null where there must be none of that name.</summary>
    public IReadOnlyList<JsonElement>? Of(string name) => All(named => named.TryGetValue(name, out var own) ? own : null, pattern => _strings.Matches(pattern, name));

    /// <summary>What a property must satisfy all of that none names and whose name matches these of the patterns alone; null where there must be none.</summary>
    public IReadOnlyList<JsonElement>? OfPatterns(IReadOnlyCollection<string> patterns) => All(_ => null, patterns.Contains);

    private List<JsonElement>? All(Func<Dictionary<string, JsonElement>, JsonElement?> namedIn, Func<string, bool> matches)
    {
        var all = new List<JsonElement>();
        for (int i = 0; i < _named.Count; i++)
        {
            int before = all.Count;
            if (namedIn(_named[i]) is { } own)
                all.Add(own);

            all.AddRange(_patterned[i].Where(patterned => matches(patterned.Key)).Select(patterned => patterned.Value));
            if (all.Count == before && _others[i] is { } others)
                all.Add(others);
        }
        foreach (var rule in _unevaluated)
            if (rule.IsAbout(i => namedIn(_named[i]) is not null || _patterned[i].Keys.Any(matches) || _others[i] is not null || UnevaluatedRule.Evaluates(rule, _unevaluated, i)))
                all.Add(rule.Schema);

        return all.Exists(SchemaKeywords.IsNever) ? null : all;
    }

    private static Dictionary<string, JsonElement> Members(JsonElement schema, string keyword)
    {
        if (!schema.TryGetProperty(keyword, out var members))
            return [];

        return members.ValueKind == JsonValueKind.Object
            ? members.EnumerateObject().ToDictionary(member => member.Name, member => member.Value)
            : throw new SchemaException($"{keyword} must be an object");
    }
}

using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>Says what conditions, dependencies and negations ask for in the keywords that are read: as alternatives, of which no two hold of one value.</summary>
internal sealed class DerivedSchemas(SchemaDocument document)
{
    private const string Nothing = "false", Anything = "true";

    private readonly NegatedSchemas _negated = new(document);

    /// <summary>Keywords of which other schemas say what they say, so that they restrict nothing themselves.</summary>
    public static bool Has(string keyword) => keyword is "if" or "then" or "else" or "not" or "dependentRequired" or "dependentSchemas" or "dependencies";

    /// <summary>What must hold beside a schema, and whether it is a negation, in which nothing counts as evaluated.</summary>
    /// <exception cref="SchemaException">A keyword has a value that it cannot have, or one that is not supported.</exception>
    public IEnumerable<(JsonElement Schema, bool IsNegation)> Of(JsonElement schema)
    {
        foreach (var member in schema.EnumerateObject())
        {
            if (SchemaKeywords.IsIdle(member))
                continue;

            switch (member.Name)
            {
                case "not":
                    yield return (Negation(member.Value), true);
                    break;
                case "oneOf" when document.Overlaps(member.Value):
                    yield return (document.Derive(member.Value, "oneOf", () => OneAlone(member.Value)), false);
                    break;
                case "if" when schema.TryGetProperty("then", out _) || schema.TryGetProperty("else", out _):
                    yield return (document.Derive(schema, "if", () => Condition(schema, member.Value)), false);
                    break;
                case "dependentRequired" or "dependentSchemas" or "dependencies":
                    foreach (var dependency in Dependencies(member))
                        yield return (document.Derive(dependency.Value, $"dependent:{member.Name}", () => Dependent(dependency, member.Name)), false);
                    break;
            }
        }
    }

    /// <summary>A schema of all that another is not satisfied by, which is one of the text or stands in a derived one and refers to such.</summary>
    /// <exception cref="SchemaException">It has a keyword that cannot be turned round.</exception>
    public JsonElement Negation(JsonElement schema)
    {
        var negated = schema.ValueKind == JsonValueKind.Object && document.IsDerived(schema) ? document.Target(schema.GetProperty("$ref")) : schema;
        return document.Derive(negated, "not", () => _negated.Of(negated));
    }

    /// <summary>Each alternative with the negations of the others.</summary>
    private string OneAlone(JsonElement list)
    {
        string[] all = [.. list.EnumerateArray().Select(document.ReferenceTo)];
        var alone = all.Select((one, i) => $$"""{"allOf":[{{string.Join(',', all.Where((_, j) => j != i).Select(other => $$"""{"not":{{other}}}""").Prepend(one))}}]}""");
        return $$"""{"anyOf":[{{string.Join(',', alone)}}]}""";
    }

    private string Condition(JsonElement schema, JsonElement condition)
    {
        string then = schema.TryGetProperty("then", out var given) ? document.ReferenceTo(given) : Anything;
        string otherwise = schema.TryGetProperty("else", out given) ? document.ReferenceTo(given) : Anything;
        string met = document.ReferenceTo(condition);
        return $$"""{"anyOf":[{"allOf":[{{met}},{{then}}]},{"allOf":[{"not":{{met}}},{{otherwise}}]}]}""";
    }

    private static JsonElement.ObjectEnumerator Dependencies(JsonProperty member) =>
        member.Value.ValueKind == JsonValueKind.Object ? member.Value.EnumerateObject() : throw new SchemaException($"{member.Name} must be an object");

    private string Dependent(JsonProperty dependency, string keyword)
    {
        bool isList = keyword == "dependentRequired" || (keyword == "dependencies" && dependency.Value.ValueKind == JsonValueKind.Array);
        string without = PropertyIsAbsent(dependency.Name);
        if (isList)
        {
            var names = SchemaParts.Strings(dependency.Value, keyword);
            return names.Count == 0 ? Anything : $$"""{"anyOf":[{{without}},{"required":{{JsonSerializer.Serialize(names.Prepend(dependency.Name).Distinct())}}}]}""";
        }
        return $$"""{"anyOf":[{{without}},{"allOf":[{"required":[{{JsonSerializer.Serialize(dependency.Name)}}]},{{document.ReferenceTo(dependency.Value)}}]}]}""";
    }

    private static string PropertyIsAbsent(string name) => $$$"""{"properties":{{{{JsonSerializer.Serialize(name)}}}:{{{Nothing}}}}}""";
}

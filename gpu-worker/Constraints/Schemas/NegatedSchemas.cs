using System.Text;
using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// What satisfies a schema is not, by the words of JSON Schema alone: a value fails one of its keywords. Nothing of how documents are written is in it (an object that
/// says nothing of others may have others here).
/// </summary>
internal sealed class NegatedSchemas(SchemaDocument document)
{
    private const string Never = "false", Always = "true";

    private static readonly string[] Types = ["object", "array", "string", "number", "boolean", "null"];

    /// <summary>A schema of all that a schema of the text is not satisfied by, as JSON.</summary>
    /// <exception cref="SchemaException">A keyword has a value that it cannot have, or cannot be turned round.</exception>
    public string Of(JsonElement schema)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return schema.ValueKind == JsonValueKind.True ? Never : Always;
        if (schema.ValueKind != JsonValueKind.Object)
            throw new SchemaException("a schema must be an object or true");

        string[] alternatives = [.. schema.EnumerateObject().Where(member => !SchemaKeywords.IsIdle(member)).SelectMany(member => Failing(schema, member))];
        return alternatives switch
        {
            [] => Never,
            [var only] => only,
            _ => $$"""{"anyOf":[{{string.Join(',', alternatives)}}]}""",
        };
    }

    /// <summary>The values that fail one keyword.</summary>
    private IEnumerable<string> Failing(JsonElement schema, JsonProperty member)
    {
        var value = member.Value;
        switch (member.Name)
        {
            case "additionalProperties" or "items" or "additionalItems" or "propertyNames" when value.ValueKind == JsonValueKind.True:
                return [];
            case "type":
                return OtherTypes(TypeNames.Read(value));
            case "additionalProperties" when SchemaKeywords.IsNever(value) && !schema.TryGetProperty("patternProperties", out _):
                return OtherNames(schema).Select(name => $$"""{"type":"object","required":[{{Json(name)}}]}""");
            case "const":
                return OtherValues([value]);
            case "enum":
                return OtherValues(value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw new SchemaException("enum must be a list"));
            case "required":
                return SchemaParts.Strings(value, "required").Where(name => Property(schema, name) is null).Select(name => $$$"""{"type":"object","properties":{{{{Json(name)}}}:false}}""");
            case "properties" when value.ValueKind == JsonValueKind.Object:
                return value.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.True).Select(property => OtherProperty(schema, property));
            case "minimum" when !HasMark(schema, "exclusiveMinimum"):
                return [Of("number", "exclusiveMaximum", value)];
            case "maximum" when !HasMark(schema, "exclusiveMaximum"):
                return [Of("number", "exclusiveMinimum", value)];
            case "exclusiveMinimum" when value.ValueKind == JsonValueKind.Number:
                return [Of("number", "maximum", value)];
            case "exclusiveMaximum" when value.ValueKind == JsonValueKind.Number:
                return [Of("number", "minimum", value)];
            case "minLength" or "minItems" or "minProperties":
                return SchemaParts.Count(value, member.Name) is > 0 and var least ? [$$"""{"type":"{{SchemaKeywords.TypeOf(member.Name)}}","max{{member.Name[3..]}}":{{least - 1}}}"""] : [];
            case "maxLength" or "maxItems" or "maxProperties":
                return [$$"""{"type":"{{SchemaKeywords.TypeOf(member.Name)}}","min{{member.Name[3..]}}":{{SchemaParts.Count(value, member.Name) + 1}}}"""];
            case "pattern":
                return [$$"""{"type":"string","{{SchemaKeywords.NotMatching}}":{{value.GetRawText()}}}"""];
            case "items" when value.ValueKind == JsonValueKind.Object && !schema.TryGetProperty("prefixItems", out _):
                return [$$$"""{"type":"array","contains":{"not":{{{document.ReferenceTo(value)}}}}}"""];
            case "contains" when !schema.TryGetProperty("minContains", out _) && !schema.TryGetProperty("maxContains", out _):
                return [$$$"""{"type":"array","items":{"not":{{{document.ReferenceTo(value)}}}}}"""];
            case "not":
                return [document.ReferenceTo(value)];
            case "$ref" or "$dynamicRef" or "$recursiveRef":
                return [$$"""{"not":{{document.ReferenceTo(document.Target(value))}}}"""];
            case "allOf":
                return Listed(member).Select(one => $$"""{"not":{{document.ReferenceTo(one)}}}""");
            case "anyOf":
                return [$$"""{"allOf":[{{string.Join(',', Listed(member).Select(one => $$"""{"not":{{document.ReferenceTo(one)}}}"""))}}]}"""];
            case "oneOf":
                string[] all = [.. Listed(member).Select(document.ReferenceTo)];
                var two = all.SelectMany((one, i) => all.Skip(i + 1).Select(other => $$"""{"allOf":[{{one}},{{other}}]}"""));
                return two.Prepend($$"""{"allOf":[{{string.Join(',', all.Select(one => $$"""{"not":{{one}}}"""))}}]}""");
            default:
                return SchemaKeywords.IsRestricting(member.Name) ? throw new SchemaException($"{member.Name} within not and if is not supported")
                    : SchemaKeywords.Refusal(member.Name) is { } refusal ? throw new SchemaException(refusal) : [];
        }
    }

    private static IEnumerable<JsonElement> Listed(JsonProperty member) =>
        member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() > 0 ? member.Value.EnumerateArray() : throw new SchemaException($"{member.Name} must be a list of schemas");

    /// <summary>Where a property may be missing or fail, its absence is the one value more: no alternative of its own.</summary>
    private string OtherProperty(JsonElement schema, JsonProperty property)
    {
        bool isRequired = schema.TryGetProperty("required", out var required) && SchemaParts.Strings(required, "required").Contains(property.Name);
        string name = Json(property.Name), other = property.Value.ValueKind == JsonValueKind.False ? Always : $$"""{"not":{{document.ReferenceTo(property.Value)}}}""";
        return $$$"""{"type":"object",{{{(isRequired ? "" : $"\"required\":[{name}],")}}}"properties":{{{{name}}}:{{{other}}}}}""";
    }

    /// <summary>The names that a schema does not list, of those that some schema of the text does: an object that has another one is not written.</summary>
    /// <exception cref="SchemaException">They are too many.</exception>
    private IEnumerable<string> OtherNames(JsonElement schema)
    {
        string[] others = [.. document.PropertyNames.Where(name => !(schema.TryGetProperty("properties", out var own) && own.ValueKind == JsonValueKind.Object && own.TryGetProperty(name, out _)))];
        return others.Length <= ConstraintLimits.OtherNames ? others
            : throw new SchemaException($"additionalProperties: false within not, if and alternatives of a oneOf that overlap is supported where the schema names at most {ConstraintLimits.OtherNames} other properties");
    }

    /// <summary>What a schema says of a property, where it says something.</summary>
    private static JsonElement? Property(JsonElement schema, string name) =>
        schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(name, out var own) && own.ValueKind != JsonValueKind.True ? own : null;

    /// <summary>Numbers that are no integers are left out: not all are written as such, so that they would be too few.</summary>
    private static string[] OtherTypes(IReadOnlyList<string> types)
    {
        string[] others = [.. Types.Where(name => !types.Contains(name) && !(name == "number" && types.Contains("integer")))];
        return others.Length == 0 ? [] : [$$"""{"type":[{{string.Join(',', others.Select(Json))}}]}"""];
    }

    /// <summary>Numbers that are none of some are those between them.</summary>
    private static IEnumerable<string> OtherValues(JsonElement[] values)
    {
        string list = $"\"{SchemaKeywords.NoneOf}\":[{string.Join(',', values.Where(value => value.ValueKind != JsonValueKind.Number).Select(value => value.GetRawText()))}]";
        JsonElement[] numbers = [.. values.Where(value => value.ValueKind == JsonValueKind.Number).OrderBy(value => Numbers.ExactDecimal.Read(value, "enum"), Comparer<Numbers.ExactDecimal>.Create((a, b) => a.CompareTo(b)))];
        if (numbers.Length == 0)
            return [$"{{{list}}}"];

        string[] others = [$$"""{"type":[{{string.Join(',', Types.Where(name => name != "number").Select(Json))}}],{{list}}}"""];
        return others.Concat(Enumerable.Range(0, numbers.Length + 1).Select(i =>
        {
            var between = new StringBuilder("""{"type":"number" """);
            if (i > 0)
                between.Append($",\"exclusiveMinimum\":{numbers[i - 1].GetRawText()}");
            if (i < numbers.Length)
                between.Append($",\"exclusiveMaximum\":{numbers[i].GetRawText()}");

            return between.Append('}').ToString();
        }));
    }

    private static bool HasMark(JsonElement schema, string keyword) => schema.TryGetProperty(keyword, out var mark) && mark.ValueKind == JsonValueKind.True;

    private static string Of(string type, string keyword, JsonElement value) => $$"""{"type":"{{type}}","{{keyword}}":{{value.GetRawText()}}}""";

    private static string Json(string text) => JsonSerializer.Serialize(text);
}

using System.Text.Json;
using Serverless.GpuWorker.Constraints.Numbers;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>What schemas with an <c>enum</c> or <c>const</c> say of a value.</summary>
internal sealed class LiteralSchemas(SchemaCollector collector, StringSchemas strings)
{
    /// <summary>The values that all lists have in common, and that are of a type that is permitted and satisfy what is said of it.</summary>
    /// <exception cref="SchemaException">A keyword has a value that it cannot have, or that is not supported beside such a list; or there are no such values, or too many.</exception>
    public JsonElement[] Read(SchemaParts parts)
    {
        JsonElement[]? values = null;
        foreach (var (keyword, given) in new[] { "enum", "const" }.SelectMany(keyword => parts.All(keyword).Select(given => (keyword, given))))
        {
            if (keyword == "enum" && given.ValueKind != JsonValueKind.Array)
                throw new SchemaException("enum must be a list");

            JsonElement[] listed = keyword == "const" ? [given] : [.. given.EnumerateArray()];
            if (values is not null)
                collector.Spend((long)values.Length * listed.Length / 8);
            values = values is null ? listed : [.. values.Where(value => Array.Exists(listed, other => JsonElement.DeepEquals(value, other)))];
        }
        values = [.. values!.Where(value => !IsExcluded(value, parts))];
        if (TypeNames.CommonTo(parts) is { } types)
            values = [.. values!.Where(value => types.Any(name => JsonLiterals.IsOfType(value, name)))];

        var (rule, numbers) = (new Lazy<StringRule>(() => StringSchemas.RuleOf(parts)), new Lazy<NumberRule>(() => NumberSchemas.RuleOf(parts, TypeNames.CommonTo(parts)?.Contains("number") == false)));
        values = [.. values!.Where(value => value.ValueKind switch
        {
            JsonValueKind.String => strings.Permits(rule.Value, value.GetString()!),
            JsonValueKind.Number => numbers.Value.Permits(value),
            _ => true,
        })];
        if (Array.Exists(values, value => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array))
            RequireNothingBeside(values, parts);

        string permitted = $"enum and const must have from 1 to {ConstraintLimits.Nodes} values that type, and the keywords and the lists of allOf and $ref beside them, permit";
        return values.Length switch
        {
            0 => throw SchemaException.Contradiction(permitted),
            > ConstraintLimits.Nodes => throw new SchemaException(permitted),
            _ => values,
        };
    }

    /// <summary>The booleans that are not excluded.</summary>
    public static JsonElement[] BooleansOf(SchemaParts parts) => [.. JsonLiterals.Booleans.Where(value => !IsExcluded(value, parts))];

    /// <summary>Of some types those of which some value is not excluded.</summary>
    /// <exception cref="SchemaException">There are none; or an object or array is excluded where there may be such.</exception>
    public static IReadOnlyList<string> TypesLeft(SchemaParts parts, IReadOnlyList<string> types)
    {
        if (!parts.Has(SchemaKeywords.NoneOf))
            return types;
        if (types.FirstOrDefault(name => name is "object" or "array" && Excluded(parts).Any(value => JsonLiterals.IsOfType(value, name))) is { } type)
            throw new SchemaException($"not and if must have no {type} in enum or const where there may be others");

        string[] left = [.. types.Where(name => name switch { "boolean" => BooleansOf(parts).Length > 0, "null" => !IsExcluded(JsonLiterals.Null[0], parts), _ => true })];
        return left.Length > 0 ? left : throw SchemaException.Contradiction("not must leave some value");
    }

    private static IEnumerable<JsonElement> Excluded(SchemaParts parts) => parts.All(SchemaKeywords.NoneOf).SelectMany(list => list.EnumerateArray());

    private static bool IsExcluded(JsonElement value, SchemaParts parts) => Excluded(parts).Any(other => JsonElement.DeepEquals(value, other));

    /// <summary>What is said of objects and arrays is not held against values that are listed.</summary>
    private static void RequireNothingBeside(JsonElement[] values, SchemaParts parts)
    {
        foreach (var (kind, type) in new[] { (JsonValueKind.Object, "object"), (JsonValueKind.Array, "array") })
            if (Array.Exists(values, value => value.ValueKind == kind) && parts.Restricting.FirstOrDefault(name => SchemaKeywords.TypeOf(name) == type) is { } beside)
                throw new SchemaException($"{beside} beside enum and const is not supported");
    }
}

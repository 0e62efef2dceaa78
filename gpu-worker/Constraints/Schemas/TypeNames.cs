using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>The types that JSON Schema names.</summary>
internal static class TypeNames
{
    private static readonly string[] All = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>The types that every one of some schemas permits, each once; null where none says which.</summary>
    /// <exception cref="SchemaException">A type is none, or no type is permitted by all.</exception>
    public static IReadOnlyList<string>? CommonTo(SchemaParts parts)
    {
        List<string>? common = null;
        foreach (var type in parts.All("type"))
        {
            var types = Read(type);
            common = common is null ? types : [.. common.Select(name => Common(name, types)).OfType<string>().Distinct()];
        }
        return common is { Count: 0 } ? throw SchemaException.Contradiction("type must have one in common with the schemas of allOf and $ref beside it") : common;
    }

    /// <summary>The types that some schemas permit or, where none says which, those that they say something of, or all.</summary>
    /// <exception cref="SchemaException">A type is none, or no type is permitted by all.</exception>
    public static IReadOnlyList<string> Of(SchemaParts parts)
    {
        if (CommonTo(parts) is { } types)
            return types;

        string[] spokenOf = [.. parts.Restricting.Select(SchemaKeywords.TypeOf).OfType<string>().Distinct()];
        return spokenOf.Length > 0 ? spokenOf : [.. All.Where(name => name != "integer")];
    }

    /// <summary>What values of a type are by the types that others permit; null where they are none.</summary>
    private static string? Common(string name, List<string> others)
    {
        if (others.Contains(name) || (name == "integer" && others.Contains("number")))
            return name;

        return name == "number" && others.Contains("integer") ? "integer" : null;
    }

    /// <summary>What a <c>type</c> lists.</summary>
    /// <exception cref="SchemaException">The element is none.</exception>
    public static List<string> Read(JsonElement type)
    {
        var types = type.ValueKind == JsonValueKind.String ? [type.GetString()!] : SchemaParts.Strings(type, "type");
        return types.Count > 0 && types.TrueForAll(All.Contains)
            ? [.. types.Distinct()]
            : throw new SchemaException($"type must be one or a list of: {string.Join(", ", All)}");
    }
}

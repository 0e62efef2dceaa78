using System.Text.Json;
using Serverless.GpuWorker.Constraints.Patterns;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>What an object's <c>propertyNames</c> permit.</summary>
/// <param name="Rule">What names are held to as strings.</param>
/// <param name="Listed">The only names that there may be; null for any that satisfy the rule.</param>
internal sealed record NameRules(StringRule Rule, IReadOnlyList<string>? Listed)
{
    private static readonly NameRules None = new(StringRule.Any, []);

    /// <exception cref="SchemaException">A keyword has a value that it cannot have, or is not supported of names.</exception>
    public static NameRules Of(SchemaParts parts, SchemaCollector collector, LiteralSchemas literals)
    {
        JsonElement[] given = [.. parts.All("propertyNames")];
        if (Array.Exists(given, SchemaKeywords.IsNever))
            return None;

        var names = given.Length == 0 ? null : collector.Collect(given, SchemaChoices.None);
        if (names is null || names.Restricting.Count == 0)
            return new NameRules(StringRule.Any, null);
        if (TypeNames.CommonTo(names) is { } types && !types.Contains("string"))
            return None;
        if (names.Has("enum") || names.Has("const"))
            return new NameRules(StringRule.Any, [.. literals.Read(names).Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)]);
        if (names.Restricting.FirstOrDefault(SchemaChoices.IsList) is { } list)
            throw new SchemaException($"{list} in propertyNames is not supported");

        return new NameRules(StringSchemas.RuleOf(names), null);
    }

    /// <summary>Whether a property may have a name.</summary>
    public bool Permits(string name, StringSchemas strings) => Listed?.Contains(name) ?? strings.Permits(Rule, name);
}

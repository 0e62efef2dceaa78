using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>What one schema says of properties or items that nothing within it evaluates.</summary>
/// <param name="Schema">What they satisfy.</param>
/// <param name="Owner">Whose rule it is, by its place among the schemas of the value.</param>
/// <param name="Within">The ones of them that count: the owner and those in place within it.</param>
internal sealed record UnevaluatedRule(JsonElement Schema, int Owner, IReadOnlyList<int> Within)
{
    /// <summary>What all schemas of a value say, but for those that permit anything.</summary>
    public static UnevaluatedRule[] All(SchemaParts parts, string keyword, SchemaCollector collector)
    {
        if (!parts.Has(keyword))
            return [];

        int[] offsets = [.. parts.Schemas.Select(collector.OffsetOf)];
        return [.. parts.Schemas.Select((schema, i) => (schema, i)).Where(one => one.schema.TryGetProperty(keyword, out var value) && value.ValueKind != JsonValueKind.True).Select(one =>
        {
            var within = parts.InPlace.Of(offsets[one.i]);
            return new UnevaluatedRule(one.schema.GetProperty(keyword), one.i, [.. Enumerable.Range(0, offsets.Length).Where(i => within.Contains(offsets[i]))]);
        })];
    }

    /// <summary>Whether the rule is about a property or item: none of the schemas evaluates it.</summary>
    /// <param name="evaluates">Whether the one at a place does.</param>
    public bool IsAbout(Func<int, bool> evaluates) => !Within.Any(evaluates);

    /// <summary>Whether another schema has such a rule, which evaluates all that is left.</summary>
    public static bool Evaluates(UnevaluatedRule rule, IEnumerable<UnevaluatedRule> all, int schema) => all.Any(other => other != rule && other.Owner == schema);
}

using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>What some of an array's items satisfy.</summary>
/// <param name="Least">Items that do, at the least (<c>minContains</c>, 1 where nothing is said).</param>
/// <param name="Most">At the most; <see cref="int.MaxValue"/> for any number.</param>
internal sealed record ContainRule(JsonElement Schema, int Least, int Most)
{
    /// <summary>What a schema with <c>contains</c> says; null where none asks for anything.</summary>
    /// <exception cref="SchemaException">A count is none, or several schemas ask for different items.</exception>
    public static ContainRule? Of(SchemaParts parts)
    {
        JsonElement[] schemas = [.. parts.Schemas.Where(schema => schema.TryGetProperty("contains", out _))];
        if (schemas.Length == 0)
            return null;
        if (schemas.Length > 1)
            throw new SchemaException("contains is supported of one schema of those that allOf, $ref and if bring together");

        var rule = new ContainRule(schemas[0].GetProperty("contains"), Count(schemas[0], "minContains", 1), Count(schemas[0], "maxContains", int.MaxValue));
        if (rule.Least > rule.Most)
            throw SchemaException.Contradiction("minContains must not exceed maxContains");

        return rule is { Least: 0, Most: int.MaxValue } ? null : rule;
    }

    private static int Count(JsonElement schema, string keyword, int otherwise) => schema.TryGetProperty(keyword, out var count) ? SchemaParts.Count(count, keyword) : otherwise;
}

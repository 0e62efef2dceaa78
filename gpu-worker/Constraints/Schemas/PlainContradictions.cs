using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// Finds that schemas leave nothing by what they list alone, before alternatives are tried beside them: conditions on one property, of which one holds at a time, would multiply otherwise.
/// </summary>
internal static class PlainContradictions
{
    /// <exception cref="SchemaException">A required property is forbidden, or no value is in all lists of what it is; or a keyword has a value that it cannot have.</exception>
    public static void RequireNone(SchemaParts parts, SchemaCollector collector, LiteralSchemas literals)
    {
        JsonElement[] properties = [.. parts.All("properties").Where(named => named.ValueKind == JsonValueKind.Object)];
        foreach (string name in parts.All("required").SelectMany(list => SchemaParts.Strings(list, "required")).Distinct())
        {
            var own = new List<JsonElement>();
            foreach (var named in properties)
                if (named.TryGetProperty(name, out var schema))
                    own.Add(schema);

            if (own.Count < 2)
                continue;

            var all = collector.Collect(own, SchemaChoices.None);
            if (all.Has("enum") || all.Has("const"))
                literals.Read(all);
        }
    }
}

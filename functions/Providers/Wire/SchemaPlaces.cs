using System.Globalization;
using System.Text.Json.Nodes;

namespace Serverless.Functions.Providers;

/// <summary>Where a JSON Schema (drafts 4 to 2020-12) has further schemas, and where what stands there is data, in which nothing is a keyword.</summary>
internal static class SchemaPlaces
{
    private static readonly string[] Named = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];
    private static readonly string[] Definitions = ["$defs", "definitions"];
    private static readonly string[] Data = ["enum", "const", "default", "example", "examples"];

    /// <summary>The schemas right within one: under its keywords, in their lists, under the names of properties and definitions.</summary>
    /// <param name="definitions">Whether those count that only references lead to.</param>
    public static IEnumerable<JsonObject> Within(JsonObject schema, bool definitions = true)
    {
        foreach (var (name, value) in schema)
        {
            if (Data.Contains(name) || (!definitions && Definitions.Contains(name))) continue;
            IEnumerable<JsonNode?> found = value switch
            {
                JsonObject map when Named.Contains(name) => map.Select(member => member.Value),
                JsonArray list => list,
                _ => [value],
            };
            foreach (var inner in found.OfType<JsonObject>()) yield return inner;
        }
    }

    /// <summary>The schema that a reference into a document leads to.</summary>
    /// <param name="pointer">A JSON Pointer as a fragment (RFC 6901, section 6): <c>#/$defs/a~1b</c>.</param>
    /// <returns>Null for a reference of another kind, and for one that leads to no schema in form of an object.</returns>
    public static JsonObject? Find(JsonObject document, string pointer)
    {
        if (pointer == "#") return document;
        if (!pointer.StartsWith("#/", StringComparison.Ordinal)) return null;
        JsonNode? found = document;
        foreach (var step in pointer[2..].Split('/').Select(Unescaped))
        {
            found = found switch
            {
                JsonObject map => map[step],
                JsonArray list => int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < list.Count ? list[at] : null,
                _ => null,
            };
        }

        return found as JsonObject;
    }

    private static string Unescaped(string step) => Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}

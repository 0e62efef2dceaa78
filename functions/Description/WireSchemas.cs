using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Description;

/// <summary>JSON schemas (draft 2020-12, which OpenAPI 3.1 takes) of the wire's types, by System.Text.Json's own exporter and the options that the wire is written with.</summary>
internal sealed class WireSchemas
{
    private static readonly JsonSchemaExporterOptions Exporter = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };

    private readonly SortedDictionary<string, JsonNode> _components = new(StringComparer.Ordinal);

    /// <summary>What was referred to, by name.</summary>
    public JsonObject Components => new(_components.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value.DeepClone())));

    public JsonObject Reference(Type type)
    {
        if (type == typeof(JsonObject)) return new JsonObject { ["type"] = "object" };
        var name = type.Name;
        if (!_components.ContainsKey(name)) _components[name] = Rebase(WireJson.Options.GetJsonSchemaAsNode(type, Exporter), $"#/components/schemas/{name}");
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    /// <summary>Types with a converter of their own say here what they take.</summary>
    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = context.TypeInfo.Type;
        if (type == typeof(StringOrList)) return JsonNode.Parse("""{"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}""")!;
        if (type == typeof(PromptInput)) return JsonNode.Parse("""{"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "integer", "array"]}}]}""")!;
        if (context.PropertyInfo is { Name: "content" } content && content.DeclaringType == typeof(ChatMessage))
            return JsonNode.Parse("""{"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}, {"type": "null"}]}""")!;

        // "Anything" as an object of no rules, which every reader knows.
        if (schema is JsonValue any && any.TryGetValue(out bool takes) && takes) return new JsonObject();
        if (schema is JsonObject { } members && members["required"] is JsonArray required) LeaveOut(members, required, context.TypeInfo.Properties.Where(p => p.IsGetNullable).Select(p => p.Name));
        return schema;
    }

    /// <summary>What may be null is not written, and need not be sent: the exporter requires all that a constructor takes.</summary>
    private static void LeaveOut(JsonObject schema, JsonArray required, IEnumerable<string> names)
    {
        var left = required.Select(r => r!.GetValue<string>()).Except(names).Select(name => (JsonNode?)name).ToArray();
        schema.Remove("required");
        if (left.Length > 0) schema["required"] = new JsonArray(left);
    }

    /// <summary>The exporter's references to places of the same schema, as seen from the whole document.</summary>
    private static JsonNode Rebase(JsonNode schema, string root)
    {
        switch (schema)
        {
            case JsonObject members:
                foreach (var (key, value) in members.ToList())
                {
                    if (key == "$ref" && value is JsonValue reference && reference.TryGetValue(out string? to) && to.StartsWith('#')) members[key] = root + to[1..];
                    else if (value is not null) Rebase(value, root);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    if (item is not null) Rebase(item, root);
                }

                break;
        }

        return schema;
    }
}

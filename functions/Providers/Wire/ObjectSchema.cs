using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Functions.Providers;

/// <summary>
/// A schema as services take it for a tool's arguments that refuse any other at its root than one of type <c>object</c> without alternatives: Anthropic ("input_schema.type: Field
/// required", "does not support oneOf, allOf, or anyOf at the top level"), Bedrock, OpenAI, whose formats are so too. A root that is a reference to such a schema, as zod and pydantic write it, becomes that schema. Any
/// other stands within an object, under one name.
/// </summary>
/// <param name="Schema">What to send.</param>
/// <param name="IsWrapped">Whether the value stands under <see cref="Name"/>.</param>
internal sealed record ObjectSchema(JsonObject Schema, bool IsWrapped)
{
    /// <summary>The property that holds the value.</summary>
    public const string Name = "value";

    private const int MostReferences = 16;
    private static readonly string[] Alternatives = ["anyOf", "oneOf", "allOf"];
    private static readonly string[] Values = ["enum", "const", "not"];
    private static readonly string[] OfValues = ["$ref", "$dynamicRef", "$recursiveRef", "enum", "const", "not", "if", "items", "prefixItems"];
    private static readonly string[] Notes = ["$schema", "$id", "$defs", "definitions", "$comment", "title", "description", "default", "examples"];
    private static readonly string[] OfDocument = ["$schema", "$id", "$defs", "definitions"];

    /// <param name="isComplete">Whether the root has to say its type and its properties, be they none, and may not be told by values either: OpenAI's.</param>
    /// <returns>Null where the schema can be sent as it is, but for a type that is not said.</returns>
    public static ObjectSchema? Of(JsonElement schema, bool isComplete = false)
    {
        // Nearly always.
        if (Fits(schema, isComplete) && (!isComplete || (schema.TryGetProperty("type", out _) && schema.TryGetProperty("properties", out _)))) return null;
        var root = JsonObject.Create(schema)!;
        for (var i = 0; i < MostReferences && Followed(root) is { } target; i++) root = target;
        if (root["type"] is JsonArray { Count: 1 } types && types[0]?.GetValueKind() == JsonValueKind.String) root["type"] = types[0]!.DeepClone();
        if (!Fits(JsonSerializer.SerializeToElement(root), isComplete)) return new ObjectSchema(Wrapped(root), true);
        if (isComplete)
        {
            if (!root.ContainsKey("type")) root.Insert(0, "type", "object");
            if (!root.ContainsKey("properties")) root["properties"] = new JsonObject();
        }

        return new ObjectSchema(root, false);
    }

    private static bool Fits(JsonElement schema, bool isComplete)
    {
        var isObject = schema.TryGetProperty("type", out var type) ? type.ValueKind == JsonValueKind.String && type.ValueEquals("object"u8) : !Array.Exists(OfValues, name => schema.TryGetProperty(name, out _));
        if (isComplete && Array.Exists(Values, name => schema.TryGetProperty(name, out _))) return false;
        return isObject && !schema.TryGetProperty("$ref", out _) && !Array.Exists(Alternatives, name => schema.TryGetProperty(name, out _));
    }

    /// <summary>The schema that a root refers to which says nothing else, with the root's definitions.</summary>
    private static JsonObject? Followed(JsonObject root)
    {
        if (root["$ref"] is not JsonValue reference || !reference.TryGetValue<string>(out var pointer) || !pointer.StartsWith("#/", StringComparison.Ordinal)) return null;
        if (root.Any(member => member.Key != "$ref" && !Notes.Contains(member.Key))) return null;
        // One with an address of its own resolves what it refers to against that.
        if (SchemaPlaces.Find(root, pointer) is not { } found || found == root || found.ContainsKey("$id")) return null;
        var followed = (JsonObject)found.DeepClone();
        foreach (var name in Notes)
        {
            if (root[name] is { } said && (OfDocument.Contains(name) || !followed.ContainsKey(name))) followed[name] = said.DeepClone();
        }

        return followed;
    }

    /// <summary>What is said of the whole document stays at its root, so that references into definitions lead where they did.</summary>
    private static JsonObject Wrapped(JsonObject root)
    {
        var document = new JsonObject { ["type"] = "object" };
        Move(root);
        foreach (var name in OfDocument)
        {
            if (root[name] is not { } said) continue;
            root.Remove(name);
            document[name] = said;
        }

        document["properties"] = new JsonObject { [Name] = root };
        document["required"] = new JsonArray(Name);
        document["additionalProperties"] = false;
        return document;
    }

    /// <summary>References to the root, or to what is within it other than definitions, lead a step further down.</summary>
    private static void Move(JsonObject schema)
    {
        foreach (var name in (string[])["$ref", "$dynamicRef", "$recursiveRef"])
        {
            if (schema[name] is not JsonValue reference || !reference.TryGetValue<string>(out var pointer)) continue;
            if (pointer == "#" || (pointer.StartsWith("#/", StringComparison.Ordinal) && !pointer.StartsWith("#/$defs/", StringComparison.Ordinal) && !pointer.StartsWith("#/definitions/", StringComparison.Ordinal)))
                schema[name] = $"#/properties/{Name}{pointer[1..]}";
        }

        foreach (var inner in SchemaPlaces.Within(schema))
        {
            if (!inner.ContainsKey("$id")) Move(inner);
        }
    }
}

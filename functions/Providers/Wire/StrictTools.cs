using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Contracts;

namespace Serverless.Functions.Providers;

/// <summary>
/// <c>strict</c> of tools, by which a service holds calls to their schema, between the two families that have it. In a chat it stands within <c>function</c>, as OpenAI's callers write
/// it, or beside it, where a caller of Anthropic's did. Each family refuses strict schemas that the other takes, so it is told where the schema is one that the service takes; elsewhere
/// the schema is what it is without: what the model is to go by. Rules: "Structured outputs" in both vendors' guides.
/// </summary>
internal static partial class StrictTools
{
    public const string Name = "strict";

    private const int MostTools = 20;
    private const int MostUnions = 16;

    /// <summary>What neither takes in a strict schema.</summary>
    private static readonly string[] Untold = ["oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies", "patternProperties", "minLength", "maxLength", "uniqueItems", "contains"];

    private static readonly string[] UntoldToOpenAi = [.. Untold, "allOf", "default"];
    private static readonly string[] UntoldToAnthropic = [.. Untold, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "maxItems"];

    /// <summary>Tools as OpenAI's wire has them.</summary>
    /// <param name="takesStrict">Whether the service knows the word.</param>
    public static JsonElement? ForOpenAi(JsonElement? tools, bool takesStrict = true)
    {
        if (tools is not { } given || !given.EnumerateArray().Any(tool => tool.TryGetProperty(Name, out _))) return tools;
        var told = new JsonArray([.. given.EnumerateArray().Select(tool => JsonSerializer.SerializeToNode(tool))]);
        foreach (var tool in told.OfType<JsonObject>())
        {
            var isStrict = tool[Name]?.GetValueKind() == JsonValueKind.True;
            tool.Remove(Name);
            if (isStrict && takesStrict && tool["function"] is JsonObject { } function && function["parameters"] is JsonObject schema && Fits(schema, UntoldToOpenAi, needsAll: true)) function[Name] = true;
        }

        return JsonSerializer.SerializeToElement(told, WireJson.Options);
    }

    /// <summary>Makes tools of a request to Anthropic strict that OpenAI's callers want so.</summary>
    /// <param name="body">The request.</param>
    /// <param name="tools">The chat's, one for each of the request's.</param>
    /// <returns>Whether any is now: such a request may be refused, by a model that does not have it, or because all of the schemas are too large together.</returns>
    public static bool AddForAnthropic(JsonObject body, string model, JsonElement? tools)
    {
        if (tools is not { } given || body["tools"] is not JsonArray told || Old().IsMatch(model)) return false;
        var wanted = told.OfType<JsonObject>().Zip(given.EnumerateArray())
            .Where(pair => VendorJson.Object(pair.Second, "function") is { } function && function.TryGetProperty(Name, out var flag) && flag.ValueKind == JsonValueKind.True)
            .Select(pair => pair.First).Where(tool => tool["input_schema"] is JsonObject schema && Fits(schema, UntoldToAnthropic, needsAll: false) && !Recurs(schema, schema, [])).ToList();
        if (wanted.Count is 0 or > MostTools || wanted.Sum(tool => Unions((JsonObject)tool["input_schema"]!)) > MostUnions) return false;
        foreach (var tool in wanted) tool[Name] = true;
        return true;
    }

    /// <summary>The same request without what was made strict.</summary>
    public static void Remove(JsonObject body)
    {
        foreach (var tool in body["tools"]!.AsArray().OfType<JsonObject>()) tool.Remove(Name);
    }

    private static bool Fits(JsonObject schema, string[] untold, bool needsAll)
    {
        if (Array.Exists(untold, schema.ContainsKey)) return false;
        if (schema["minItems"] is JsonValue least && !(least.TryGetValue<int>(out var count) && count is 0 or 1)) return false;
        if (schema["pattern"] is JsonValue pattern && !(pattern.TryGetValue<string>(out var text) && !Beyond().IsMatch(text))) return false;
        if (schema["properties"] is JsonObject properties)
        {
            if (schema["additionalProperties"]?.GetValueKind() != JsonValueKind.False) return false;
            var required = (schema["required"] as JsonArray)?.Where(name => name?.GetValueKind() == JsonValueKind.String).Select(name => (string)name!).ToHashSet() ?? [];
            if (needsAll && !properties.All(property => required.Contains(property.Key))) return false;
        }
        else if (IsObject(schema["type"]) && schema["additionalProperties"]?.GetValueKind() != JsonValueKind.False)
        {
            return false;
        }

        return SchemaPlaces.Within(schema).All(inner => Fits(inner, untold, needsAll));
    }

    private static bool IsObject(JsonNode? type) => type switch
    {
        JsonValue word => word.TryGetValue<string>(out var name) && name == "object",
        JsonArray words => words.Any(IsObject),
        _ => false,
    };

    /// <summary>Whether a schema leads back to itself, which Anthropic's strict schemas may not; so is a reference that leads to nothing of it.</summary>
    private static bool Recurs(JsonObject root, JsonObject schema, HashSet<JsonObject> above)
    {
        if (!above.Add(schema)) return true;
        var recurs = Below(root, schema).Any(next => next is null || Recurs(root, next, above));
        above.Remove(schema);
        return recurs;
    }

    private static IEnumerable<JsonObject?> Below(JsonObject root, JsonObject schema)
    {
        if (schema["$ref"] is JsonValue reference) yield return reference.TryGetValue<string>(out var pointer) ? SchemaPlaces.Find(root, pointer) : null;
        foreach (var inner in SchemaPlaces.Within(schema, definitions: false)) yield return inner;
    }

    private static int Unions(JsonObject schema) => (schema.ContainsKey("anyOf") || schema["type"] is JsonArray ? 1 : 0) + SchemaPlaces.Within(schema).Sum(Unions);

    /// <summary>Models from before there was such a thing.</summary>
    [GeneratedRegex(@"claude-(?:2|3|instant|v2|(?:opus|sonnet)-4(?:-[01])?(?:-20\d{6})?$)", RegexOptions.CultureInvariant)]
    private static partial Regex Old();

    /// <summary>Looking around, borders of words and references back.</summary>
    [GeneratedRegex(@"\(\?[=!<]|\\[bB1-9k]", RegexOptions.CultureInvariant)]
    private static partial Regex Beyond();
}

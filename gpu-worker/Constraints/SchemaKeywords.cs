namespace Serverless.GpuWorker.Constraints;

/// <summary>The keywords of JSON Schema (draft 2020-12) that are understood. All others are refused by name.</summary>
internal static class SchemaKeywords
{
    private static readonly HashSet<string> Annotations =
    [
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$schema", "$defs", "definitions",
    ];

    private static readonly HashSet<string> Constraining =
    [
        "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "minLength", "maxLength", "enum", "const", "anyOf", "oneOf", "$ref",
    ];

    /// <summary>Whether the keyword restricts nothing.</summary>
    public static bool IsAnnotation(string keyword) => Annotations.Contains(keyword);

    public static bool IsKnown(string keyword) => IsAnnotation(keyword) || Constraining.Contains(keyword);

    /// <summary>The type that a keyword is about; null where it is about any.</summary>
    public static string? TypeOf(string keyword) => keyword switch
    {
        "properties" or "required" or "additionalProperties" => "object",
        "items" or "minItems" or "maxItems" => "array",
        "minLength" or "maxLength" => "string",
        _ => null,
    };
}

using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>Fixed JSON values, and what type a value has in JSON Schema's words.</summary>
internal static class JsonLiterals
{
    public static IReadOnlyList<JsonElement> Booleans { get; } = [JsonElement.Parse("true"), JsonElement.Parse("false")];

    public static IReadOnlyList<JsonElement> Null { get; } = [JsonElement.Parse("null")];

    public static bool IsOfType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Floor(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };
}

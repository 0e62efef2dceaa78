using System.Text.Json;

namespace Serverless.GpuWorker.Conversion;

/// <summary>How manifests and what belongs to them are written: snake_case, indented.</summary>
internal static class ManifestJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        MaxDepth = 8,
    };

    /// <summary>The same on one line.</summary>
    public static JsonSerializerOptions Line { get; } = new(Options) { WriteIndented = false };

    public static JsonElement ToElement<T>(T value) => JsonSerializer.SerializeToElement(value, Options);
}

using System.Text.Json;

namespace Serverless.Local.Durable;

/// <summary>The one way in which inputs, outputs, events and statuses become JSON and come back.</summary>
internal static class DurableJson
{
    // The real worker's options: names as declared, read in any case, properties only.
    private static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true };

    public static string? Write(object? value) => value is null ? null : JsonSerializer.Serialize(value, value.GetType(), Options);

    public static object? Read(string? json, Type type) => json is null ? null : JsonSerializer.Deserialize(json, type, Options);

    public static T? Read<T>(string? json) => json is null ? default : JsonSerializer.Deserialize<T>(json, Options);
}

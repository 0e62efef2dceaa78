using System.Diagnostics.CodeAnalysis;
using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>Reads the payloads of an instance's metadata.</summary>
internal sealed class JsonPayloadConverter : DataConverter
{
    public static JsonPayloadConverter Instance { get; } = new();

    [return: NotNullIfNotNull(nameof(value))]
    public override string? Serialize(object? value) => DurableJson.Write(value);

    [return: NotNullIfNotNull(nameof(data))]
    public override object? Deserialize(string? data, Type targetType) => DurableJson.Read(data, targetType)!;
}

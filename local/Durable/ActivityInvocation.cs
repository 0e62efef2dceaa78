using System.Text.Json;
using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>One call of an activity: its name, the orchestration that asked for it and its input as JSON (null when there is none).</summary>
public sealed record ActivityInvocation(TaskName Name, string InstanceId, string? InputJson)
{
    /// <summary>The input, read case-insensitively; null when there is none and <paramref name="type"/> is a reference type, else its default.</summary>
    /// <exception cref="JsonException">The input is not a <paramref name="type"/>.</exception>
    public object? ReadInput(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (InputJson is not null) return DurableJson.Read(InputJson, type);
        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }

    /// <inheritdoc cref="ReadInput(Type)"/>
    public T? ReadInput<T>() => DurableJson.Read<T>(InputJson);

    /// <summary>Names and sizes only: an input may be content.</summary>
    public override string ToString() => $"{Name} of {InstanceId} [{InputJson?.Length ?? 0} chars]";
}

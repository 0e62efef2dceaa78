using System.Text.Json;
using Azure.Storage.Queues.Models;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Queues;

/// <summary>A queue message as the type of the trigger's parameter: QueueMessage, BinaryData, byte[], string, or JSON of any other type.</summary>
internal static class QueueMessageBinding
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    public static ParameterBinding For(Type type)
    {
        Func<QueueMessage, object?> read =
            type == typeof(QueueMessage) ? message => message
            : type == typeof(BinaryData) ? message => message.Body
            : type == typeof(byte[]) ? message => message.Body.ToArray()
            : type == typeof(string) ? message => message.Body.ToString()
            : message => JsonSerializer.Deserialize(message.Body.ToMemory().Span, type, Json);
        return context => new ValueTask<object?>(read((QueueMessage)context.TriggerInput));
    }
}

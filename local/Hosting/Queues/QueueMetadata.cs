using System.Reflection;
using Azure.Storage.Queues.Models;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Queues;

/// <summary>The queue trigger's metadata, bound by parameter name and type as in Azure.</summary>
internal static class QueueMetadata
{
    /// <summary>Null when the parameter is none of the trigger's metadata.</summary>
    public static ParameterBinding? For(ParameterInfo parameter)
    {
        Func<QueueMessage, object?>? read = parameter.Name?.ToUpperInvariant() switch
        {
            "DEQUEUECOUNT" when parameter.ParameterType == typeof(long) => message => message.DequeueCount,
            "DEQUEUECOUNT" when parameter.ParameterType == typeof(int) => message => (int)message.DequeueCount,
            "ID" when parameter.ParameterType == typeof(string) => message => message.MessageId,
            "POPRECEIPT" when parameter.ParameterType == typeof(string) => message => message.PopReceipt,
            "INSERTIONTIME" when parameter.ParameterType == typeof(DateTimeOffset) => message => message.InsertedOn ?? default,
            "EXPIRATIONTIME" when parameter.ParameterType == typeof(DateTimeOffset) => message => message.ExpiresOn ?? default,
            "NEXTVISIBLETIME" when parameter.ParameterType == typeof(DateTimeOffset) => message => message.NextVisibleOn ?? default,
            _ => null,
        };
        return read is null ? null : context => new ValueTask<object?>(read((QueueMessage)context.TriggerInput));
    }
}

using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Serverless.Functions.Hosting;

/// <summary>Around every function that a queue triggers: its message is held briefly (<see cref="MessageLease"/>).</summary>
public sealed class MessageLeaseMiddleware(MessageLease lease) : IFunctionsWorkerMiddleware
{
    // As the worker's SDK keeps a parameter's attribute.
    private const string BindingAttribute = "bindingAttribute";

    private readonly ConcurrentDictionary<string, string?> _queues = new(StringComparer.Ordinal);

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        return _queues.GetOrAdd(context.FunctionId, _ => QueueOf(context.FunctionDefinition)) is { } queue
            && context.BindingContext.BindingData is var data && data.GetValueOrDefault("Id") is string id && data.GetValueOrDefault("PopReceipt") is string receipt
            ? lease.RunAsync(queue, id, receipt, () => next(context))
            : next(context);
    }

    private static string? QueueOf(FunctionDefinition function) =>
        function.Parameters.Select(parameter => parameter.Properties.GetValueOrDefault(BindingAttribute)).OfType<QueueTriggerAttribute>().FirstOrDefault()?.QueueName;
}

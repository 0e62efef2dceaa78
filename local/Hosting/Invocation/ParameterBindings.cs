using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Local.Durable;
using Serverless.Local.Hosting.Catalog;
using Serverless.Local.Hosting.Http;
using Serverless.Local.Hosting.Queues;

namespace Serverless.Local.Hosting.Invocation;

/// <summary>Chooses, once for each parameter, where its argument comes from.</summary>
internal static class ParameterBindings
{
    /// <exception cref="FormatException">Nothing is known to bind the parameter to.</exception>
    public static ParameterBinding For(ParameterInfo parameter, FunctionTrigger trigger)
    {
        if (parameter.ParameterType.IsByRef) throw new FormatException($"parameter '{parameter.Name}' must not be ref, in or out.");
        if (parameter == trigger.Parameter) return ForTrigger(trigger);
        if (parameter.ParameterType == typeof(FunctionContext)) return context => new ValueTask<object?>(context);
        if (parameter.ParameterType == typeof(CancellationToken)) return context => new ValueTask<object?>(context.CancellationToken);
        if (parameter.IsDefined(typeof(DurableClientAttribute)))
        {
            return parameter.ParameterType == typeof(DurableTaskClient)
                ? context => new ValueTask<object?>(context.InstanceServices.GetRequiredService<DurableTaskClient>())
                : throw new FormatException($"parameter '{parameter.Name}' carries [DurableClient] and must be of type DurableTaskClient.");
        }

        return trigger switch
        {
            FunctionTrigger.Http http => ForRequest(parameter, http),
            FunctionTrigger.Activity when IsInstanceId(parameter) => context => new ValueTask<object?>(((ActivityInvocation)context.TriggerInput).InstanceId),
            FunctionTrigger.Queue when QueueMetadata.For(parameter) is { } metadata => metadata,
            _ => throw Unknown(parameter, trigger),
        };
    }

    private static ParameterBinding ForTrigger(FunctionTrigger trigger) => trigger switch
    {
        FunctionTrigger.Http => context => new ValueTask<object?>(((Microsoft.AspNetCore.Http.HttpContext)context.TriggerInput).Request),
        FunctionTrigger.Queue => QueueMessageBinding.For(trigger.Parameter.ParameterType),
        FunctionTrigger.Activity => ForActivityInput(trigger.Parameter.ParameterType),
        _ => context => new ValueTask<object?>(context.TriggerInput),
    };

    private static ParameterBinding ForActivityInput(Type type) => type == typeof(TaskActivityContext)
        ? throw new FormatException("an activity's input is bound to a type of its own, not to TaskActivityContext.")
        : context => new ValueTask<object?>(((ActivityInvocation)context.TriggerInput).ReadInput(type));

    private static ParameterBinding ForRequest(ParameterInfo parameter, FunctionTrigger.Http trigger)
    {
        if (parameter.IsDefined(typeof(FromBodyAttribute))) return RequestBody.For(parameter);
        var part = trigger.Pattern.Parameters.FirstOrDefault(p => string.Equals(p.Name, parameter.Name, StringComparison.OrdinalIgnoreCase));
        return part is null ? throw Unknown(parameter, trigger) : RouteValue.For(parameter, part.Name);
    }

    private static bool IsInstanceId(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(string) && string.Equals(parameter.Name, "instanceId", StringComparison.OrdinalIgnoreCase);

    private static FormatException Unknown(ParameterInfo parameter, FunctionTrigger trigger) => new(
        $"parameter '{parameter.Name}' of type {parameter.ParameterType.Name} cannot be bound; FunctionContext, CancellationToken and [DurableClient] DurableTaskClient are permitted"
        + trigger switch
        {
            FunctionTrigger.Http => ", [FromBody] and the names in the route as well.",
            FunctionTrigger.Queue => ", dequeueCount, id, popReceipt, insertionTime, expirationTime and nextVisibleTime as well.",
            FunctionTrigger.Activity => ", and string instanceId as well.",
            _ => ".",
        });
}

using Microsoft.Extensions.Logging;
using Serverless.Local.Durable;
using Serverless.Local.Hosting.Catalog;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Orchestration;

/// <summary>Registers orchestrators and activities with the durable engine, each running through the app's middleware.</summary>
internal static class DurableFunctions
{
    public static DurableRegistry Register(IEnumerable<FunctionDescriptor> functions, Func<FunctionInvoker> invoker, TimeSpan functionTimeout)
    {
        var registry = new DurableRegistry();
        foreach (var function in functions)
        {
            switch (function.Trigger)
            {
                case FunctionTrigger.Orchestration orchestration:
                    registry.AddOrchestrator(orchestration.TaskName, context => invoker().InvokeAsync(function, context, CancellationToken.None));
                    break;
                case FunctionTrigger.Activity activity:
                    registry.AddActivity(activity.TaskName, (invocation, stopping) => RunActivityAsync(function, invocation, invoker(), functionTimeout, stopping));
                    break;
            }
        }

        return registry;
    }

    private static async Task<object?> RunActivityAsync(
        FunctionDescriptor function, ActivityInvocation invocation, FunctionInvoker invoker, TimeSpan functionTimeout, CancellationToken stopping)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        if (functionTimeout != Timeout.InfiniteTimeSpan) timeout.CancelAfter(functionTimeout);
        return await invoker.InvokeAsync(function, invocation, timeout.Token);
    }
}

using System.Diagnostics;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Local.Hosting.Catalog;

namespace Serverless.Local.Hosting.Invocation;

/// <summary>Runs functions through the app's middleware, each in a scope of its own.</summary>
internal sealed class FunctionInvoker(IServiceScopeFactory scopes, FunctionExecutionDelegate pipeline, ILogger<FunctionInvoker> logger)
{
    /// <summary>
    /// Runs one invocation and returns what the function returned. Nothing before or between the function's own awaits leaves the caller's
    /// synchronization context, which is what keeps an orchestrator's replay on its thread.
    /// </summary>
    public async Task<object?> InvokeAsync(FunctionDescriptor function, object triggerInput, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = new LocalFunctionContext(function, triggerInput, scope.ServiceProvider, cancellationToken);
        await InvokeAsync(context);
        return context.Result;
    }

    /// <summary>Runs one invocation in the scope that <paramref name="context"/> brings.</summary>
    public async Task InvokeAsync(LocalFunctionContext context)
    {
        var started = Stopwatch.GetTimestamp();
        await pipeline(context);
        logger.Succeeded(context.Function.Name, context.InvocationId, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }
}

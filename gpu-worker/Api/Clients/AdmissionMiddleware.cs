namespace Serverless.GpuWorker.Api.Clients;

/// <summary>
/// Counts requests in flight and refuses new ones while the worker drains. A request's <see cref="HttpContext.RequestAborted"/> also fires when the drain's time is over.
/// Health and metrics are always answered.
/// </summary>
internal sealed class AdmissionMiddleware(RequestDelegate next, ServingState state)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/health") || context.Request.Path == "/metrics")
        {
            await next(context);
            return;
        }

        using var admission = state.Enter();
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, state.HardStop);
        context.RequestAborted = aborted.Token;
        await next(context);
    }
}

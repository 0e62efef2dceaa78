using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Limits;

/// <summary>Gives every HTTP request an id (<c>x-request-id</c>, the caller's own where it sends one) and writes what the limits say into its response's headers.</summary>
public sealed class LimitMiddleware : IFunctionsWorkerMiddleware
{
    public const string RequestIdHeader = "x-request-id";

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var http = context.GetHttpContext()!;
        var limits = RequestLimits.Begin(IdOf(http.Request));
        http.TraceIdentifier = limits.RequestId;
        http.Response.OnStarting(() =>
        {
            http.Response.Headers[RequestIdHeader] = limits.RequestId;
            limits.Write(http.Response.Headers);
            return Task.CompletedTask;
        });
        return next(context);
    }

    private static string IdOf(HttpRequest request) =>
        request.Headers[RequestIdHeader] is [{ Length: > 0 and <= 128 } id] && id.All(c => c is > ' ' and <= '~' and not '"' and not '\\') ? id : NewId.Of();
}

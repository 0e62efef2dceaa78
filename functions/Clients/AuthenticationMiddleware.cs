using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Clients;

/// <summary>Before every HTTP function: no caller, no function, except on the paths that are public. Never runs inside an orchestrator.</summary>
public sealed class AuthenticationMiddleware(Authenticator authenticator, IEnumerable<PublicPath> publicPaths) : IFunctionsWorkerMiddleware
{
    private readonly PublicPath[] _publicPaths = [.. publicPaths];

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var http = context.GetHttpContext()!;
        var path = http.Request.Path.Value ?? "/";
        // A browser asks what it may send before it sends the key.
        if (Array.Exists(_publicPaths, p => p.Matches(path)) || HttpMethods.IsOptions(http.Request.Method)) return next(context);
        var asking = authenticator.AuthenticateAsync(http.Request, http.RequestAborted);
        return asking.IsCompletedSuccessfully ? PassAsync(context, next, http, asking.Result) : WaitAsync(context, next, http, asking);
    }

    private static async Task WaitAsync(FunctionContext context, FunctionExecutionDelegate next, HttpContext http, ValueTask<Caller> asking) =>
        await PassAsync(context, next, http, await asking.ConfigureAwait(false)).ConfigureAwait(false);

    private static Task PassAsync(FunctionContext context, FunctionExecutionDelegate next, HttpContext http, Caller caller)
    {
        if (caller.IsReader && !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method)) throw OnlyReads();
        http.Items[typeof(Caller)] = caller;
        return next(context);
    }

    private static GatewayException OnlyReads() =>
        new(StatusCodes.Status403Forbidden, new ErrorDetail("reader_only_reads", "A key of role 'reader' may only read.", "permission_error"));
}

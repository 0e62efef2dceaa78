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

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var http = context.GetHttpContext()!;
        var path = http.Request.Path.Value ?? "/";
        // A browser asks what it may send before it sends the key.
        if (!Array.Exists(_publicPaths, p => p.Matches(path)) && !HttpMethods.IsOptions(http.Request.Method))
        {
            var caller = await authenticator.AuthenticateAsync(http.Request, http.RequestAborted).ConfigureAwait(false);
            if (caller.IsReader && !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method)) throw OnlyReads();
            http.Items[typeof(Caller)] = caller;
        }

        await next(context).ConfigureAwait(false);
    }

    private static GatewayException OnlyReads() =>
        new(StatusCodes.Status403Forbidden, new ErrorDetail("reader_only_reads", "A key of role 'reader' may only read.", "permission_error"));
}

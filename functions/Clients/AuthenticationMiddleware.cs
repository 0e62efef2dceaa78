using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
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
        if (!Array.Exists(_publicPaths, p => p.Matches(path)))
            http.Items[typeof(Caller)] = await authenticator.AuthenticateAsync(http.Request, http.RequestAborted).ConfigureAwait(false);
        await next(context).ConfigureAwait(false);
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Answers what a browser asks before it sends a page's request, on every path and without credentials. It says which pages may call, never what there is:
/// a path that does not exist is answered alike.
/// </summary>
public sealed class PreflightFunction(CrossOrigin settings)
{
    private const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    private const int MaxAgeSeconds = 600;

    /// <returns>405 when no page may call.</returns>
    /// <exception cref="GatewayException">403 when this one may not.</exception>
    [Function("Preflight")]
    public IActionResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "options", Route = "{*path}")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!settings.IsOn)
        {
            // The paths are no secret: the API's description is for anybody.
            if (WrongPathFunction.Allowed(request.Path) is { Count: > 0 } methods) request.HttpContext.Response.Headers.Allow = string.Join(", ", methods);
            var error = new ErrorDetail("cors_not_configured", "No page of another origin may call: setting 'Gateway:CorsOrigins' is empty.", "invalid_request_error");
            return new JsonAnswer(new ErrorBody(error), StatusCodes.Status405MethodNotAllowed);
        }

        if (request.Headers.Origin is not [{ Length: > 0 } origin] || !settings.Permits(origin))
            throw new GatewayException(StatusCodes.Status403Forbidden, new ErrorDetail("origin_not_permitted", "No page of this origin may call.", "permission_error", "origin"));
        return new PreflightAnswer(Methods, MaxAgeSeconds);
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Limits;

/// <summary>MLflow AI Gateway's limits API. No limits can be set in this version, and it says so as MLflow's own server does: 501.</summary>
public sealed class LimitFunctions
{
    [Function("SetLimits")]
    public IActionResult Set([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/2.0/gateway/limits")] HttpRequest request)
    {
        request.Operator();
        throw NotAvailable("set_limits");
    }

    [Function("GetLimits")]
    public IActionResult Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/2.0/gateway/limits/{route?}")] HttpRequest request)
    {
        request.Caller();
        throw NotAvailable("get_limits");
    }

    private static GatewayException NotAvailable(string api) =>
        new(StatusCodes.Status501NotImplemented, new ErrorDetail("not_implemented", $"The {api} API is not available yet.", "server_error"));
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>OpenAI's list of models: the routes that the caller may use.</summary>
public sealed class ModelsFunction(RouteCatalog routes)
{
    [Function("Models")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/models")] HttpRequest request)
    {
        var caller = request.Caller();
        var all = await routes.ListAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(new ModelList("list", [.. all
            .Where(r => caller.MayUse(r.Name))
            .Select(r => new ModelInfo(r.Name, "model", r.Find()!.CreatedAt.ToUnixTimeSeconds(), r.Find()!.Model?.Provider ?? "route"))]));
    }
}

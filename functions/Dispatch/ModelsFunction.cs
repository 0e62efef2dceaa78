using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>OpenAI's models: the routes that the caller may use; in Anthropic's shape for its clients.</summary>
public sealed class ModelsFunction(RouteCatalog routes)
{
    [Function("Models")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/models")] HttpRequest request)
    {
        var caller = request.Caller();
        var all = await routes.ListAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(MessagesError.IsAnthropics(request) ? AnthropicModels.List(request, all, caller) : all.ModelsJson(caller));
    }

    [Function("Model")]
    public async Task<IActionResult> One([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/models/{model}")] HttpRequest request)
    {
        var reference = request.Placeholder("model");
        try
        {
            var route = await routes.ResolveAsync(reference, request.Caller(), "model", request.HttpContext.RequestAborted).ConfigureAwait(false);
            return MessagesError.IsAnthropics(request) ? new JsonAnswer(AnthropicModels.Of(reference, route.Version.CreatedAt)) : new JsonAnswer(Info(reference, route.Version));
        }
        catch (GatewayException invalid) when (invalid.Status == StatusCodes.Status400BadRequest)
        {
            throw GatewayException.NotFound("model_not_found", "There is no model of that name.", "model");
        }
    }

    private static ModelInfo Info(string id, RouteVersion version) => new(id, "model", version.CreatedAt.ToUnixTimeSeconds(), version.Model?.Provider ?? "route");
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>OpenAI's completions, <c>model</c> naming a completions route; several prompts and token ids where the provider takes them.</summary>
public sealed class CompletionsFunction(IGateway gateway, RouteCatalog routes, TimeProvider time)
{
    [Function("Completions")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/completions")] HttpRequest request)
    {
        var (caller, body, model) = await OpenAiRequests.ReadAsync(request, routes, RouteTypes.Completions).ConfigureAwait(false);
        var ask = OpenAiRequests.Completion(body, model, caller);
        return await OpenAiAnswers.CompletionAsync(request.HttpContext, gateway, ask, model, hasDeltas: false, time).ConfigureAwait(false);
    }
}

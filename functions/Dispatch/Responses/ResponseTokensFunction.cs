using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>OpenAI's counting of a response's input, <c>model</c> naming a chat route: <c>{object, input_tokens}</c>, for providers that count.</summary>
public sealed class ResponseTokensFunction(PromptCounts counts, RouteCatalog routes)
{
    [Function("ResponseInputTokens")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/responses/input_tokens")] HttpRequest request)
    {
        var (caller, body, model) = await OpenAiRequests.ReadAsync(request, routes, RouteTypes.Chat).ConfigureAwait(false);
        var (ask, names) = ResponseReader.Read(body, model, caller);
        try
        {
            return new JsonAnswer(new JsonObject
            {
                ["object"] = "response.input_tokens",
                ["input_tokens"] = await counts.CountAsync(ask, request.HttpContext.RequestAborted).ConfigureAwait(false),
            });
        }
        catch (GatewayException refused)
        {
            throw names.Renamed(refused);
        }
    }
}

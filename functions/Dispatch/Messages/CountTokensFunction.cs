using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Anthropic's counting of a message's tokens, <c>model</c> naming a chat route: <c>{input_tokens}</c>, for providers that count.</summary>
public sealed class CountTokensFunction(PromptCounts counts, RouteCatalog routes)
{
    [Function("CountMessageTokens")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = MessagesError.CountRoute)] HttpRequest request)
    {
        var (caller, body, model) = await OpenAiRequests.ReadAsync(request, routes, RouteTypes.Chat).ConfigureAwait(false);
        var (ask, names) = MessagesReader.Read(body, model, caller, answers: false);
        try
        {
            return new JsonAnswer(new JsonObject { ["input_tokens"] = await counts.CountAsync(ask with { Betas = AnthropicBetas.Of(request) }, request.HttpContext.RequestAborted).ConfigureAwait(false) });
        }
        catch (GatewayException refused)
        {
            throw names.Renamed(refused);
        }
    }
}

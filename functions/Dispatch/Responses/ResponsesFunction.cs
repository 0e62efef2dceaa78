using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>OpenAI's responses, <c>model</c> naming a chat or rag route: created or streamed, never stored. They go the way of every other question.</summary>
public sealed class ResponsesFunction(IGateway gateway, RouteCatalog routes, TimeProvider time)
{
    [Function("Responses")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/responses")] HttpRequest request)
    {
        var (caller, body, model) = await OpenAiRequests.ReadAsync(request, routes, RouteTypes.Chat, RouteTypes.Answers).ConfigureAwait(false);
        var stop = request.HttpContext.RequestAborted;
        var (ask, names) = ResponseReader.Read(body, model, caller);
        var state = new ResponseState(body, model, time);
        var events = gateway.StreamAsync(ask, stop);
        try
        {
            if (!ask.Streams) return new JsonAnswer(state.Whole(await CollectedAnswer.FromAsync(events, stop).ConfigureAwait(false)));
            await new SseResponse(request.HttpContext, ObfuscatedStreamShape.Of(new ResponseStreamShape(state), ask.Obfuscates)).WriteAsync(events).ConfigureAwait(false);
            return new EmptyResult();
        }
        catch (GatewayException refused)
        {
            throw names.Renamed(refused);
        }
    }
}

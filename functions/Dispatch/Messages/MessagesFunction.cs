using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Anthropic's Messages API, <c>model</c> naming a chat or rag route: for clients of Anthropic's own, over whatever provider the route has.</summary>
public sealed class MessagesFunction(IGateway gateway, RouteCatalog routes)
{
    [Function("Messages")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = MessagesError.Route)] HttpRequest request)
    {
        var (caller, body, model) = await OpenAiRequests.ReadAsync(request, routes, RouteTypes.Chat, RouteTypes.Answers).ConfigureAwait(false);
        var stop = request.HttpContext.RequestAborted;
        var (ask, names) = MessagesReader.Read(body, model, caller);
        ask = ask with { Betas = AnthropicBetas.Of(request) };
        var events = gateway.StreamAsync(ask, stop);
        var showsThoughts = MessagesReader.AsksForThoughts(body);
        try
        {
            if (!ask.Streams) return new JsonAnswer(MessagesAnswer.Of(await CollectedAnswer.FromAsync(events, stop).ConfigureAwait(false), model, showsThoughts));
            await new SseResponse(request.HttpContext, new MessagesStreamShape(model, showsThoughts)).WriteAsync(events).ConfigureAwait(false);
            return new EmptyResult();
        }
        catch (GatewayException refused)
        {
            throw names.Renamed(refused);
        }
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Anthropic's Messages API, <c>model</c> naming a chat or rag route: for clients of Anthropic's own, over whatever provider the route has.</summary>
public sealed class MessagesFunction(IGateway gateway, RouteCatalog routes, TimeProvider time)
{
    [Function("Messages")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = MessagesError.Route)] HttpRequest request)
    {
        var (caller, body, model) = await OpenAiRequests.ReadAsync(request, routes, RouteTypes.Chat, RouteTypes.Answers).ConfigureAwait(false);
        var (stop, betas) = (request.HttpContext.RequestAborted, AnthropicBetas.Of(request));
        if (!OpenAiRequests.Streams(body)) return await WholeAsync(gateway, body, model, caller, betas, stop).ConfigureAwait(false);
        var (ask, names) = MessagesReader.Read(body, model, caller);
        try
        {
            var events = gateway.StreamAsync(ask with { Betas = betas }, stop);
            await new SseResponse(request.HttpContext, new MessagesStreamShape(model, MessagesReader.AsksForThoughts(body)), time).WriteAsync(events).ConfigureAwait(false);
            return new EmptyResult();
        }
        catch (GatewayException refused)
        {
            throw Told(refused, names, body);
        }
    }

    /// <summary>A message as a whole.</summary>
    /// <param name="betas"><see cref="AnswerRequest.Betas"/>.</param>
    /// <exception cref="GatewayException">The body is refused, or the model failed.</exception>
    internal static async Task<JsonAnswer> WholeAsync(IGateway gateway, JsonElement body, string model, Caller caller, string? betas, CancellationToken stop)
    {
        var (ask, names) = MessagesReader.Read(body, model, caller);
        try
        {
            var answer = await CollectedAnswer.FromAsync(gateway.StreamAsync(ask with { Betas = betas }, stop), stop).ConfigureAwait(false);
            return new JsonAnswer(MessagesAnswer.Of(answer, model, MessagesReader.AsksForThoughts(body)));
        }
        catch (GatewayException refused)
        {
            throw Told(refused, names, body);
        }
    }

    private static GatewayException Told(GatewayException refused, MessagesNames names, JsonElement body) =>
        MessagesTooLong.Told(names.Renamed(refused), VendorJson.Count(body, "max_tokens"));
}

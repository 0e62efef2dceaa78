using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Clients;
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
        if (!OpenAiRequests.Streams(body)) return await WholeAsync(gateway, body, model, caller, time, stop).ConfigureAwait(false);
        var (ask, names) = ResponseReader.Read(body, model, caller);
        try
        {
            var shape = new ResponseStreamShape(new ResponseState(body, model, time));
            await new SseResponse(request.HttpContext, ObfuscatedStreamShape.Of(shape, ask.Obfuscates), time).WriteAsync(gateway.StreamAsync(ask, stop)).ConfigureAwait(false);
            return new EmptyResult();
        }
        catch (GatewayException refused)
        {
            throw names.Renamed(refused);
        }
    }

    /// <summary>A response that is not streamed.</summary>
    internal static async Task<JsonAnswer> WholeAsync(IGateway gateway, JsonElement body, string model, Caller caller, TimeProvider time, CancellationToken stop)
    {
        var (ask, names) = ResponseReader.Read(body, model, caller);
        var state = new ResponseState(body, model, time);
        try
        {
            return new JsonAnswer(state.Whole(await CollectedAnswer.FromAsync(gateway.StreamAsync(ask, stop), stop).ConfigureAwait(false)));
        }
        catch (GatewayException refused)
        {
            throw names.Renamed(refused);
        }
    }
}

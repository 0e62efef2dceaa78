using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Streaming;

/// <summary>
/// Starts, stops and takes up again answers that are pushed to a web app over SignalR. What can be refused is refused before the 202; what fails later is
/// the stream's <c>error</c> message.
/// </summary>
public sealed class StreamFunctions(AnswerStreams streams, StreamIds ids, ConnectionOwners owners, StreamCancellations cancellations, StreamResumptions resumptions, RouteCatalog routes, RouteTargets targets)
{
    /// <summary>The body is the route's invocation plus <c>connectionId</c>, without which every connection of the caller is told, and <c>thoughts</c>, with which the model's are told too.</summary>
    [Function("StartStream")]
    public async Task<IActionResult> Start([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "gateway/{route}/streams")] HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var route = await routes.ResolveAsync(request.Placeholder("route"), caller, "route", stop).ConfigureAwait(false);
        var body = await RequestBody.ReadQuestionAsync(request, stop).ConfigureAwait(false);
        var connectionId = ConnectionId(body);
        var answer = InvocationReader.Read(RequestBody.Without(body, "connectionId"), route, caller) with { ShowsThoughts = new RequestFields(body).Flag("thoughts") == true };
        Check(answer, route);
        if (connectionId is not null) await owners.RequireAsync(connectionId, caller, stop).ConfigureAwait(false);
        var streamId = streams.Start(await ids.NewAsync(caller, stop).ConfigureAwait(false), answer, connectionId);
        return new JsonAnswer(new Dictionary<string, string> { ["streamId"] = streamId }, StatusCodes.Status202Accepted);
    }

    [Function("StopStream")]
    public async Task<IActionResult> Stop([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "gateway/streams/{streamId}")] HttpRequest request)
    {
        var caller = request.Caller();
        var streamId = request.Placeholder("streamId");
        var stop = request.HttpContext.RequestAborted;
        if (!await ids.IsOfAsync(streamId, caller, stop).ConfigureAwait(false)) throw GatewayException.NotFound("stream_not_found", "There is no such stream.", "streamId");
        if (!streams.Stop(streamId, caller)) await cancellations.RequestAsync(streamId, caller, stop).ConfigureAwait(false);
        return new JsonAnswer(new Dictionary<string, string> { ["streamId"] = streamId }, StatusCodes.Status202Accepted);
    }

    /// <summary>
    /// For a caller whose connection was lost: <c>{next, connectionId?}</c> sends the stream's messages from the number <c>next</c> on to the caller's new connection, and those that follow.
    /// A stream that this instance does not know is left to the one that pushes it, which looks every two seconds: <c>resumed</c> is false then.
    /// </summary>
    [Function("ResumeStream")]
    public async Task<IActionResult> Resume([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "gateway/streams/{streamId}/resume")] HttpRequest request)
    {
        var caller = request.Caller();
        var streamId = request.Placeholder("streamId");
        var stop = request.HttpContext.RequestAborted;
        if (!await ids.IsOfAsync(streamId, caller, stop).ConfigureAwait(false)) throw GatewayException.NotFound("stream_not_found", "There is no such stream.", "streamId");
        var body = await RequestBody.ReadQuestionAsync(request, stop).ConfigureAwait(false);
        var resumption = new StreamResumption(Next(body), ConnectionId(body));
        if (resumption.ConnectionId is { } connectionId) await owners.RequireAsync(connectionId, caller, stop).ConfigureAwait(false);
        var isResumed = await streams.ResumeAsync(streamId, caller, resumption, stop).ConfigureAwait(false);
        if (!isResumed) await resumptions.RequestAsync(streamId, caller, resumption, stop).ConfigureAwait(false);
        return new JsonAnswer(new Dictionary<string, object> { ["streamId"] = streamId, ["resumed"] = isResumed }, StatusCodes.Status202Accepted);
    }

    /// <summary>What the gateway refuses without having asked anybody: nobody may be there to hear it later.</summary>
    private void Check(AnswerRequest answer, ResolvedRoute route)
    {
        AnswerChecks.Settings(answer.Settings, contextWindow: null);
        if (route.Type == RouteTypes.Answers)
        {
            RagQuestion.Of(answer, route.Version.Rag!);
            return;
        }

        var generation = new Generation { Messages = answer.Messages, Prompt = answer.Prompt, Prompts = answer.Prompts, Settings = answer.Settings };
        targets.Candidates(route, answer.Caller.ClientId, provider => AbilityChecks.WhyNot(provider, generation));
    }

    private static long Next(JsonElement body) => body.TryGetProperty("next", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var next) && next >= 0
        ? next
        : throw GatewayException.Invalid("next", "'next' must be an integer from 0: the number of the first message that was not received.");

    private static string? ConnectionId(JsonElement body)
    {
        if (!body.TryGetProperty("connectionId", out var value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= 128 } id
            ? id
            : throw GatewayException.Invalid("connectionId", "'connectionId' must be the id of a SignalR connection, 1 to 128 characters.");
    }
}

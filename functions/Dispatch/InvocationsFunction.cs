using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// MLflow AI Gateway's query of a route: in the shapes of its first versions (<c>candidates</c>) under <c>/gateway</c>, in those of 2.9 and
/// later, which are OpenAI's and stream, under <c>/endpoints</c>; and questions to rag routes.
/// </summary>
public sealed class InvocationsFunction(Gateway gateway, IRerankRoutes rerankers, RouteCatalog routes, TimeProvider time)
{
    [Function("Invocations")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "gateway/{route}/invocations")] HttpRequest request)
    {
        var (caller, route, body) = await ReadAsync(request).ConfigureAwait(false);
        var stop = request.HttpContext.RequestAborted;
        if (route.Type == RouteTypes.Embeddings)
        {
            InvocationReader.RefuseParameters(body);
            return await EmbedAsync(route, body, caller, stop).ConfigureAwait(false);
        }

        if (route.Type == RouteTypes.Rerank) return await RerankAnswers.AnswerAsync(rerankers, body, $"{route.Name}@{route.Version.Version}", caller, stop).ConfigureAwait(false);

        var ask = InvocationReader.Read(body, route, caller);
        var answer = await CollectedAnswer.FromAsync(LegacyFunctions.Told(ask, gateway.StreamAsync(ask, stop), stop), stop).ConfigureAwait(false);
        if (route.Type == RouteTypes.Answers) return Answer(answer);

        var completed = answer.Completed;
        var metadata = Metadata(route, completed.Model, completed.Usage?.PromptTokens, completed.Usage?.CompletionTokens, completed.Usage?.TotalTokens);
        return new JsonAnswer(new { candidates = answer.Choices.Select(choice => Candidate(route, choice)).ToList(), metadata });
    }

    [Function("EndpointInvocations")]
    public async Task<IActionResult> RunEndpoint([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "endpoints/{route}/invocations")] HttpRequest request)
    {
        var (caller, route, body) = await ReadAsync(request).ConfigureAwait(false);
        InvocationReader.RefuseParameters(body);
        var reference = $"{route.Name}@{route.Version.Version}";
        if (route.Type == RouteTypes.Embeddings) return await EmbeddingAnswers.AnswerAsync(gateway, body, reference, caller, request.HttpContext.RequestAborted).ConfigureAwait(false);

        if (route.Type == RouteTypes.Rerank) return await RerankAnswers.AnswerAsync(rerankers, body, reference, caller, request.HttpContext.RequestAborted).ConfigureAwait(false);

        var isChat = route.Type == RouteTypes.Chat || (route.Type == RouteTypes.Answers && new RequestFields(body).Has("messages"));
        var ask = isChat ? OpenAiRequests.Chat(body, reference, caller) : InvocationReader.ReadAny(body, route, caller);
        if (isChat || route.Type == RouteTypes.Answers) return await OpenAiAnswers.ChatAsync(request.HttpContext, gateway, ask, route.Name, time).ConfigureAwait(false);
        return await OpenAiAnswers.CompletionAsync(request.HttpContext, gateway, ask, route.Name, hasDeltas: true, time).ConfigureAwait(false);
    }

    private static JsonAnswer Answer(CollectedAnswer answer)
    {
        var completed = answer.Completed;
        return new JsonAnswer(new { answer = answer.Text, citations = completed.Citations, usage = completed.Usage, model = completed.Model, finish_reason = completed.FinishReason, answered = completed.Answered });
    }

    private static object Candidate(ResolvedRoute route, CollectedAnswer.Choice choice)
    {
        var metadata = new { finish_reason = choice.FinishReason };
        return route.Type == RouteTypes.Chat ? new { message = OpenAiAnswers.Message(choice), metadata } : new { text = choice.Text, metadata };
    }

    private static object Metadata(ResolvedRoute route, string model, int? input, int? output, int? total) =>
        new { input_tokens = input, output_tokens = output, total_tokens = total, model, route_type = route.Type };

    private async Task<(Caller Caller, ResolvedRoute Route, JsonElement Body)> ReadAsync(HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var route = await routes.ResolveAsync(request.Placeholder("route"), caller, "route", stop).ConfigureAwait(false);
        return (caller, route, await RequestBody.ReadQuestionAsync(request, stop).ConfigureAwait(false));
    }

    private async Task<IActionResult> EmbedAsync(ResolvedRoute route, JsonElement body, Caller caller, CancellationToken stop)
    {
        var fields = new RequestFields(body);
        // MLflow renamed the field in 2.9.
        var name = fields.Has("text") || !fields.Has("input") ? "text" : "input";
        var texts = fields.Texts(name) ?? [];
        AnswerChecks.Texts(texts, name, isList: fields.Element(name) is not { ValueKind: JsonValueKind.String });
        var batch = await gateway.EmbedAsync($"{route.Name}@{route.Version.Version}", texts, EmbeddingPurpose.Document, caller, stop).ConfigureAwait(false);
        return new JsonAnswer(new { embeddings = batch.Vectors, metadata = Metadata(route, batch.Model, batch.PromptTokens, null, batch.PromptTokens) });
    }
}

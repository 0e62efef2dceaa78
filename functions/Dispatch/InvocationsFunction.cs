using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>MLflow AI Gateway's query of a route, in the shapes of its first versions (<c>candidates</c>), and questions to rag routes.</summary>
public sealed class InvocationsFunction(IGateway gateway, RouteCatalog routes)
{
    [Function("Invocations")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "gateway/{route}/invocations")] HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var route = await routes.ResolveAsync(request.Placeholder("route"), caller, "route", stop).ConfigureAwait(false);
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        if (route.Type == RouteTypes.Embeddings)
        {
            InvocationReader.RefuseParameters(body);
            return await EmbedAsync(route, RequestBody.Bind<TextBody>(body).Text?.Values ?? [], caller, stop).ConfigureAwait(false);
        }

        var answer = await CollectedAnswer.FromAsync(gateway.StreamAsync(InvocationReader.Read(body, route, caller), stop), stop).ConfigureAwait(false);
        var completed = answer.Completed;
        if (route.Type == RouteTypes.Answers)
            return new JsonAnswer(new { answer = answer.Text, citations = completed.Citations, usage = completed.Usage, model = completed.Model, finish_reason = completed.FinishReason });

        var metadata = Metadata(route, completed.Model, completed.Usage?.PromptTokens, completed.Usage?.CompletionTokens, completed.Usage?.TotalTokens);
        var reason = new { finish_reason = completed.FinishReason };
        return route.Type == RouteTypes.Chat
            ? new JsonAnswer(new { candidates = (object[])[new { message = new ChatMessage("assistant", answer.Text), metadata = reason }], metadata })
            : new JsonAnswer(new { candidates = (object[])[new { text = answer.Text, metadata = reason }], metadata });
    }

    private static object Metadata(ResolvedRoute route, string model, int? input, int? output, int? total) =>
        new { input_tokens = input, output_tokens = output, total_tokens = total, model, route_type = route.Type };

    private async Task<IActionResult> EmbedAsync(ResolvedRoute route, IReadOnlyList<string> texts, Caller caller, CancellationToken stop)
    {
        AnswerChecks.Texts(texts, "text");
        var batch = await gateway.EmbedAsync($"{route.Name}@{route.Version.Version}", texts, EmbeddingPurpose.Document, caller, stop).ConfigureAwait(false);
        return new JsonAnswer(new { embeddings = batch.Vectors, metadata = Metadata(route, batch.Model, batch.PromptTokens, null, batch.PromptTokens) });
    }

    private sealed record TextBody(StringOrList? Text)
    {
        public override string ToString() => $"{Text}";
    }
}

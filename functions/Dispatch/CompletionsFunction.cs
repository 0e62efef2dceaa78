using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>OpenAI's completions, <c>model</c> naming a completions route.</summary>
public sealed class CompletionsFunction(IGateway gateway, RouteCatalog routes, TimeProvider time)
{
    [Function("Completions")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/completions")] HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        OpenAiRequests.RefuseUnsupported(body);
        var completion = RequestBody.Bind<CompletionRequest>(body);
        var model = OpenAiRequests.Model(completion.Model);
        var route = await routes.ResolveAsync(model, caller, "model", stop).ConfigureAwait(false);
        if (route.Type != RouteTypes.Completions) throw Gateway.WrongType(route, RouteTypes.Completions);
        if (completion.Prompt?.Values.Count > 1) throw GatewayException.Invalid("prompt", "'prompt' must be one text.", "unsupported_parameter");

        var ask = new AnswerRequest { Route = model, Caller = caller, Prompt = completion.Prompt?.Values.FirstOrDefault(), Settings = OpenAiRequests.Settings(completion) };
        var id = $"cmpl-{Guid.NewGuid():N}";
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        if (completion.Stream == true)
        {
            var chunks = ChunksAsync(gateway.StreamAsync(ask, stop), id, created, model, completion.StreamOptions?.IncludeUsage == true, stop);
            await new SseResponse(request.HttpContext).WriteAsync(chunks).ConfigureAwait(false);
            return new EmptyResult();
        }

        var answer = await CollectedAnswer.FromAsync(gateway.StreamAsync(ask, stop), stop).ConfigureAwait(false);
        return new JsonAnswer(new CompletionResponse(id, "text_completion", created, model, [new CompletionChoice(0, answer.Text, answer.Completed.FinishReason)], answer.Completed.Usage));
    }

    private static async IAsyncEnumerable<CompletionResponse> ChunksAsync(IAsyncEnumerable<AnswerEvent> events, string id, long created, string model, bool includeUsage, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var answer in events.WithCancellation(stop).ConfigureAwait(false))
        {
            if (answer is AnswerText text)
            {
                yield return Chunk([new CompletionChoice(0, text.Text, null)], null);
                continue;
            }

            var completed = (AnswerCompleted)answer;
            yield return Chunk([new CompletionChoice(0, "", completed.FinishReason)], null);
            if (includeUsage) yield return Chunk([], completed.Usage);
        }

        CompletionResponse Chunk(IReadOnlyList<CompletionChoice> choices, Usage? usage) => new(id, "text_completion", created, model, choices, usage);
    }
}

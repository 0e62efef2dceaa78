using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// OpenAI's chat completions, <c>model</c> naming a chat or rag route. For a rag route the last user turn is the question, and the message
/// (streamed: the delta of the chunk with the finish reason) has <c>citations</c>.
/// </summary>
public sealed class ChatCompletionsFunction(IGateway gateway, RouteCatalog routes, TimeProvider time)
{
    [Function("ChatCompletions")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/chat/completions")] HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        OpenAiRequests.RefuseUnsupported(body);
        var chat = RequestBody.Bind<ChatCompletionRequest>(body);
        var model = OpenAiRequests.Model(chat.Model);
        var route = await routes.ResolveAsync(model, caller, "model", stop).ConfigureAwait(false);
        if (route.Type is not (RouteTypes.Chat or RouteTypes.Answers)) throw Gateway.WrongType(route, $"{RouteTypes.Chat} or {RouteTypes.Answers}");

        var ask = new AnswerRequest { Route = model, Caller = caller, Messages = chat.Messages ?? [], Settings = OpenAiRequests.Settings(chat) };
        var id = $"chatcmpl-{Guid.NewGuid():N}";
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        if (chat.Stream == true)
        {
            var chunks = ChunksAsync(gateway.StreamAsync(ask, stop), id, created, model, chat.StreamOptions?.IncludeUsage == true, stop);
            await new SseResponse(request.HttpContext).WriteAsync(chunks).ConfigureAwait(false);
            return new EmptyResult();
        }

        var answer = await CollectedAnswer.FromAsync(gateway.StreamAsync(ask, stop), stop).ConfigureAwait(false);
        var whole = new ChatCompletionResponse(id, "chat.completion", created, model, [new ChatChoice(0, new ChatMessage("assistant", answer.Text), answer.Completed.FinishReason)], answer.Completed.Usage);
        return new JsonAnswer(WithCitations(whole, "message", answer.Completed.Citations));
    }

    private static async IAsyncEnumerable<object> ChunksAsync(IAsyncEnumerable<AnswerEvent> events, string id, long created, string model, bool includeUsage, [EnumeratorCancellation] CancellationToken stop)
    {
        var isFirst = true;
        await foreach (var answer in events.WithCancellation(stop).ConfigureAwait(false))
        {
            if (isFirst) yield return Chunk(new ChatDelta("assistant", ""), null);
            isFirst = false;
            if (answer is AnswerText text)
            {
                yield return Chunk(new ChatDelta(Content: text.Text), null);
                continue;
            }

            var completed = (AnswerCompleted)answer;
            yield return WithCitations(Chunk(new ChatDelta(), completed.FinishReason), "delta", completed.Citations);
            if (includeUsage) yield return new ChatCompletionChunk(id, "chat.completion.chunk", created, model, [], completed.Usage);
        }

        ChatCompletionChunk Chunk(ChatDelta delta, string? finish) => new(id, "chat.completion.chunk", created, model, [new ChatChunkChoice(0, delta, finish)]);
    }

    private static object WithCitations(object body, string member, IReadOnlyList<Citation> citations)
    {
        if (citations.Count == 0) return body;
        var node = JsonSerializer.SerializeToNode(body, body.GetType(), WireJson.Options)!;
        node["choices"]![0]![member]!["citations"] = JsonSerializer.SerializeToNode(citations, WireJson.Options);
        return node.AsObject();
    }
}

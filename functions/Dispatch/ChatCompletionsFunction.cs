using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;
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
        var (caller, body, model) = await OpenAiRequests.ReadAsync(request, routes, RouteTypes.Chat, RouteTypes.Answers).ConfigureAwait(false);
        var ask = OpenAiRequests.Chat(body, model, caller);
        return await OpenAiAnswers.ChatAsync(request.HttpContext, gateway, ask, model, time).ConfigureAwait(false);
    }
}

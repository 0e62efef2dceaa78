using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// OpenAI's embeddings, <c>model</c> naming an embeddings route; with <c>instruction</c>, an extension of ours: <c>document</c> (the default)
/// or <c>query</c> for the route's own, or the words themselves.
/// </summary>
public sealed class EmbeddingsFunction(Gateway gateway)
{
    [Function("Embeddings")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/embeddings")] HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadQuestionAsync(request, stop).ConfigureAwait(false);
        return await EmbeddingAnswers.AnswerAsync(gateway, body, OpenAiRequests.Model(body), caller, stop).ConfigureAwait(false);
    }
}

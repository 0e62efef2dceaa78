using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Dispatch;

/// <summary><c>POST /v1/rerank {"model", "query", "documents", "top_n"?, "return_documents"?}</c>: Cohere's and Jina's, <c>model</c> naming a rerank route.</summary>
public sealed class RerankFunction(IRerankRoutes rerankers)
{
    [Function("Rerank")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/rerank")] HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadQuestionAsync(request, stop).ConfigureAwait(false);
        return await RerankAnswers.AnswerAsync(rerankers, body, OpenAiRequests.Model(body), caller, stop).ConfigureAwait(false);
    }
}

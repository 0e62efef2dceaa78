using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// The paths of Azure OpenAI's deployments, for clients that are written for it (openai's AzureOpenAI, LangChain's AzureChatOpenAI, Azure.AI.OpenAI): the deployment is the route, the
/// bodies are OpenAI's, and <c>api-version</c> may be any.
/// </summary>
public sealed class AzureDeploymentFunctions(Gateway gateway, RouteCatalog routes, TimeProvider time)
{
    private const string Base = "openai/deployments/{deployment}";

    [Function("AzureChatCompletions")]
    public async Task<IActionResult> Chat([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/chat/completions")] HttpRequest request)
    {
        var (caller, body, route) = await ReadAsync(request, RouteTypes.Chat, RouteTypes.Answers).ConfigureAwait(false);
        return await OpenAiAnswers.ChatAsync(request.HttpContext, gateway, OpenAiRequests.Chat(body, route, caller), route, time).ConfigureAwait(false);
    }

    [Function("AzureCompletions")]
    public async Task<IActionResult> Complete([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/completions")] HttpRequest request)
    {
        var (caller, body, route) = await ReadAsync(request, RouteTypes.Completions).ConfigureAwait(false);
        return await OpenAiAnswers.CompletionAsync(request.HttpContext, gateway, OpenAiRequests.Completion(body, route, caller), route, hasDeltas: false, time).ConfigureAwait(false);
    }

    [Function("AzureEmbeddings")]
    public async Task<IActionResult> Embed([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/embeddings")] HttpRequest request)
    {
        var (caller, body, route) = await ReadAsync(request, RouteTypes.Embeddings).ConfigureAwait(false);
        return await EmbeddingAnswers.AnswerAsync(gateway, body, route, caller, request.HttpContext.RequestAborted).ConfigureAwait(false);
    }

    private Task<(Caller Caller, JsonElement Body, string Route)> ReadAsync(HttpRequest request, params string[] types) =>
        OpenAiRequests.ReadAsync(request, routes, _ => request.Placeholder("deployment"), "deployment", types);
}

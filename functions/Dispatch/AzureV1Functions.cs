using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// OpenAI's API at the paths that Azure OpenAI and Foundry have for it, for clients that keep Azure's address and change its host: <c>/openai/v1/...</c>, which takes no
/// <c>api-version</c>, and <c>/openai/responses</c> and <c>/openai/models</c>, which came before it and take any. The route is the body's <c>model</c>.
/// </summary>
public sealed class AzureV1Functions(Gateway gateway, RouteCatalog routes, TimeProvider time)
{
    private const string Base = "openai/v1";

    [Function("AzureV1ChatCompletions")]
    public Task<IActionResult> Chat([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/chat/completions")] HttpRequest request) =>
        new ChatCompletionsFunction(gateway, routes, time).Run(request);

    [Function("AzureV1Completions")]
    public Task<IActionResult> Complete([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/completions")] HttpRequest request) =>
        new CompletionsFunction(gateway, routes, time).Run(request);

    [Function("AzureV1Embeddings")]
    public Task<IActionResult> Embed([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/embeddings")] HttpRequest request) => new EmbeddingsFunction(gateway).Run(request);

    [Function("AzureV1Responses")]
    public Task<IActionResult> Respond([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/responses")] HttpRequest request) => new ResponsesFunction(gateway, routes, time).Run(request);

    [Function("AzureV1Models")]
    public Task<IActionResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base + "/models")] HttpRequest request) => new ModelsFunction(routes).Run(request);

    [Function("AzureV1Model")]
    public Task<IActionResult> One([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base + "/models/{model}")] HttpRequest request) => new ModelsFunction(routes).One(request);

    [Function("AzureResponses")]
    public Task<IActionResult> RespondDated([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "openai/responses")] HttpRequest request) => Respond(request);

    [Function("AzureModels")]
    public Task<IActionResult> ListDated([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openai/models")] HttpRequest request) => List(request);

    [Function("AzureModel")]
    public Task<IActionResult> OneDated([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openai/models/{model}")] HttpRequest request) => One(request);
}

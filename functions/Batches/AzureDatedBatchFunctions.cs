using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Batches;

/// <summary>
/// Files and batches at the dated paths of Azure OpenAI, <c>/openai/files?api-version=</c> and <c>/openai/batches?api-version=</c>, for clients that are written for it (openai's AzureOpenAI,
/// Azure.AI.OpenAI); <c>api-version</c> may be any. The bodies are OpenAI's, and what is made is a 201, as at Azure.
/// </summary>
public sealed class AzureDatedBatchFunctions(FileFunctions files, BatchFunctions batches, RouteCatalog routes)
{
    private const string File = "openai/files", Batch = "openai/batches";

    [Function("AzureFileUpload")]
    public async Task<IActionResult> UploadAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = File)] HttpRequest request) => Created(await files.UploadAsync(request));

    [Function("AzureFileList")]
    public Task<IActionResult> ListFilesAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = File)] HttpRequest request) => files.ListAsync(request);

    [Function("AzureFileGet")]
    public Task<IActionResult> GetFileAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = File + "/{id}")] HttpRequest request) => files.GetAsync(request);

    [Function("AzureFileContent")]
    public Task<IActionResult> ContentAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = File + "/{id}/content")] HttpRequest request) => files.ContentAsync(request);

    [Function("AzureFileDelete")]
    public Task<IActionResult> DeleteFileAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = File + "/{id}")] HttpRequest request) => files.DeleteAsync(request);

    [Function("AzureBatchCreate")]
    public async Task<IActionResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Batch)] HttpRequest request, [DurableClient] DurableTaskClient durable) =>
        Created(await batches.CreateAsync(request, durable));

    /// <summary>Where openai's client sends it that has a deployment of its own. Which routes are asked say the requests.</summary>
    [Function("AzureDeploymentBatchCreate")]
    public async Task<IActionResult> CreateOfDeploymentAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "openai/deployments/{deployment}/batches")] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        await routes.ResolveAsync(request.Placeholder("deployment"), request.Caller(), "deployment", request.HttpContext.RequestAborted);
        return await CreateAsync(request, durable);
    }

    [Function("AzureBatchList")]
    public Task<IActionResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Batch)] HttpRequest request) => batches.ListAsync(request);

    [Function("AzureBatchGet")]
    public Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Batch + "/{id}")] HttpRequest request) => batches.GetAsync(request);

    [Function("AzureBatchCancel")]
    public Task<IActionResult> CancelAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Batch + "/{id}/cancel")] HttpRequest request) => batches.CancelAsync(request);

    private static JsonAnswer Created(IActionResult answer) => new(((JsonAnswer)answer).Body, StatusCodes.Status201Created);
}

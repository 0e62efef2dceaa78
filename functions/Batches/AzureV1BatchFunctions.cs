using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Batches.Files;

namespace Serverless.Functions.Batches;

/// <summary>Files and batches at the paths of Azure's v1 API, <c>/openai/v1/...</c>, for clients that keep Azure's address and change its host.</summary>
public sealed class AzureV1BatchFunctions(FileFunctions files, BatchFunctions batches)
{
    private const string File = "openai/v1/files", Batch = "openai/v1/batches";

    [Function("AzureV1FileUpload")]
    public Task<IActionResult> UploadAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = File)] HttpRequest request) => files.UploadAsync(request);

    [Function("AzureV1FileList")]
    public Task<IActionResult> ListFilesAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = File)] HttpRequest request) => files.ListAsync(request);

    [Function("AzureV1FileGet")]
    public Task<IActionResult> GetFileAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = File + "/{id}")] HttpRequest request) => files.GetAsync(request);

    [Function("AzureV1FileContent")]
    public Task<IActionResult> ContentAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = File + "/{id}/content")] HttpRequest request) => files.ContentAsync(request);

    [Function("AzureV1FileDelete")]
    public Task<IActionResult> DeleteFileAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = File + "/{id}")] HttpRequest request) => files.DeleteAsync(request);

    [Function("AzureV1BatchCreate")]
    public Task<IActionResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Batch)] HttpRequest request, [DurableClient] DurableTaskClient durable) => batches.CreateAsync(request, durable);

    [Function("AzureV1BatchList")]
    public Task<IActionResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Batch)] HttpRequest request) => batches.ListAsync(request);

    [Function("AzureV1BatchGet")]
    public Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Batch + "/{id}")] HttpRequest request) => batches.GetAsync(request);

    [Function("AzureV1BatchCancel")]
    public Task<IActionResult> CancelAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Batch + "/{id}/cancel")] HttpRequest request) => batches.CancelAsync(request);
}

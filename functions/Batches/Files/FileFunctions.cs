using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Files;

/// <summary>OpenAI's files, as far as batches need them. A file is its owner's alone.</summary>
public sealed class FileFunctions(FileStore files, FileUpload upload)
{
    private const string Route = "v1/files";

    [Function("FileUpload")]
    public async Task<IActionResult> UploadAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request)
    {
        RequestBody.RefuseCompressed(request);
        return new JsonAnswer((await upload.ReadAsync(request, OwnerOf(request), request.HttpContext.RequestAborted)).View());
    }

    [Function("FileList")]
    public async Task<IActionResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request)
    {
        var purpose = request.Query["purpose"].ToString();
        var order = request.Query["order"].ToString();
        if (order is not ("" or "asc" or "desc")) throw GatewayException.Invalid("order", "'order' must be asc or desc: the oldest or the newest come first.");
        var all = files.ListAsync(OwnerOf(request), request.HttpContext.RequestAborted).Where(file => file.IsListed && (purpose.Length == 0 || file.Purpose == purpose));
        return new JsonAnswer(await ListPage.OfAsync(request, order == "asc" ? all.Reverse() : all, 10_000, 10_000, file => file.Id, file => Task.FromResult<object?>(file.View())));
    }

    [Function("FileGet")]
    public async Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}")] HttpRequest request) =>
        new JsonAnswer((await FindAsync(request)).File.View());

    [Function("FileContent")]
    public async Task<IActionResult> ContentAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}/content")] HttpRequest request)
    {
        var (owner, file) = await FindAsync(request);
        return await files.FindContentAsync(request, owner, file, "application/octet-stream") ?? throw NotFound();
    }

    /// <summary>A batch that still reads the file fails.</summary>
    [Function("FileDelete")]
    public async Task<IActionResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route + "/{id}")] HttpRequest request)
    {
        var (owner, file) = await FindAsync(request);
        await files.DeleteAsync(owner, file.Id, request.HttpContext.RequestAborted);
        return new JsonAnswer(new { file.Id, Object = "file", Deleted = true });
    }

    internal static GatewayException NotFound(string field = "id") => GatewayException.NotFound("file_not_found", "There is no such file.", field);

    /// <exception cref="GatewayException">404 for clients of Anthropic's: theirs are other files at the same path, and none of this gateway's.</exception>
    private static string OwnerOf(HttpRequest request) => MessagesError.IsAnthropics(request)
        ? throw GatewayException.NotFound("path_not_found", "Anthropic's files are not here: the files of this path are OpenAI's.")
        : BatchContainer.OwnerOf(request.Caller());

    private async Task<(string Owner, StoredFile File)> FindAsync(HttpRequest request)
    {
        var owner = OwnerOf(request);
        return (owner, await files.FindAsync(owner, request.Placeholder("id"), request.HttpContext.RequestAborted) is { IsListed: true } file ? file : throw NotFound());
    }
}

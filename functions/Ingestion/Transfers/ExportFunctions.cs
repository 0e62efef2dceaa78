using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.Transfers.Exports;
using Serverless.Functions.Ingestion.Transfers.Restores;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>Exports and restores over HTTP, for operators: an export holds what documents of every group say.</summary>
public sealed class ExportFunctions(GenerationStore generations, TransferStart start, TransferStore runs, TimeProvider time)
{
    private const int MaxFolder = 512;
    private const int MaxBlob = 1024;

    /// <summary>Writes the generation that answers questions into a container: <c>{folder}{collection}/{id}/manifest.json</c> and its parts.</summary>
    [Function("ExportStart")]
    public async Task<IActionResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "collections/{collection}/exports")] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var collection = Collection(request);
        var fields = new JsonFields(await RequestBody.ReadObjectOrNothingAsync(request, stop));
        var container = TransferRequests.ExportContainer(fields);
        var folder = fields.OptionalString("folder", MaxFolder) ?? string.Empty;
        fields.RejectUnknown();
        var id = TransferStart.NewId(time);
        var manifest = $"{folder}{collection}/{id}/{ExportManifest.BlobName}";
        if (new DocumentName(container, manifest).WhyNotStorable() is { } reason) throw GatewayException.Invalid("folder", $"'folder' cannot begin a blob's name: {reason}.");
        var state = await generations.ReadAsync(collection, stop)
            ?? throw GatewayException.NotFound("generation_not_found", "No document of such a collection was ever taken up, so there is nothing to export.", "collection");
        var run = new ExportRun { Id = id, Collection = collection, StartedAt = time.GetUtcNow(), Container = container, Manifest = manifest, Generation = state.Serving };
        await start.RunAsync(durable, run, stop);
        return new JsonAnswer(TransferView.Of(run), StatusCodes.Status202Accepted);
    }

    [Function("ExportGet")]
    public async Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}/exports/{id}")] HttpRequest request)
    {
        request.Overseer();
        return await runs.ShowAsync(TransferKind.Export, request, Collection(request), request.HttpContext.RequestAborted);
    }

    [Function("ExportList")]
    public async Task<IActionResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}/exports")] HttpRequest request)
    {
        request.Overseer();
        return await runs.ListAsync(TransferKind.Export, request, Collection(request), request.HttpContext.RequestAborted);
    }

    /// <summary>Cancels an export under way, or forgets one that has ended. What it wrote is no export without a manifest, and stays in its container.</summary>
    [Function("ExportDelete")]
    public async Task<IActionResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "collections/{collection}/exports/{id}")] HttpRequest request)
    {
        request.Operator();
        return await runs.EndAsync(TransferKind.Export, request, Collection(request), request.HttpContext.RequestAborted);
    }

    /// <summary>Has an export become the collection's next generation, without a call of an embeddings route.</summary>
    [Function("RestoreStart")]
    public async Task<IActionResult> RestoreAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "collections/{collection}/restores")] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var collection = Collection(request);
        var fields = new JsonFields(await RequestBody.ReadObjectAsync(request, stop));
        var container = TransferRequests.ExportContainer(fields);
        var manifest = fields.RequiredString("manifest", MaxBlob);
        fields.RejectUnknown();
        if (new DocumentName(container, manifest).WhyNotStorable() is { } reason) throw GatewayException.Invalid("manifest", $"'manifest' cannot be a blob's name: {reason}.");
        var run = new RestoreRun { Id = TransferStart.NewId(time), Collection = collection, StartedAt = time.GetUtcNow(), Container = container, Manifest = manifest };
        await start.RunAsync(durable, run, stop);
        return new JsonAnswer(TransferView.Of(run), StatusCodes.Status202Accepted);
    }

    [Function("RestoreGet")]
    public async Task<IActionResult> GetRestoreAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}/restores/{id}")] HttpRequest request)
    {
        request.Overseer();
        return await runs.ShowAsync(TransferKind.Restore, request, Collection(request), request.HttpContext.RequestAborted);
    }

    [Function("RestoreList")]
    public async Task<IActionResult> ListRestoresAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}/restores")] HttpRequest request)
    {
        request.Overseer();
        return await runs.ListAsync(TransferKind.Restore, request, Collection(request), request.HttpContext.RequestAborted);
    }

    /// <summary>Cancels a restore under way, or forgets one that has ended. The collection is as it was.</summary>
    [Function("RestoreDelete")]
    public async Task<IActionResult> DeleteRestoreAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "collections/{collection}/restores/{id}")] HttpRequest request)
    {
        request.Operator();
        return await runs.EndAsync(TransferKind.Restore, request, Collection(request), request.HttpContext.RequestAborted);
    }

    private static string Collection(HttpRequest request) => CollectionFunctions.RequireName(request.Placeholder("collection"));
}

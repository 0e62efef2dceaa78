using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Collections;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>Reconciles blobs, statuses and index: by a timer, and when somebody asks.</summary>
public sealed class ReconcileFunctions(ReconcileStart start, ReconcileStore runs, CollectionStore collections)
{
    /// <summary>All collections, on the schedule of setting <c>Ingestion:ReconcileSchedule</c>.</summary>
    [Function("ReconcileTimer")]
    public Task RunAsync(
        [TimerTrigger("%Ingestion:ReconcileSchedule%")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken) =>
        start.RunAsync(durable, null, deep: false, cancellationToken);

    /// <summary>One collection; with <c>?deep=false</c> documents' chunks are counted one by one only where all together are not as many as they should be.</summary>
    [Function("ReconcileCollection")]
    public async Task<IActionResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "collections/{collection}/reconcile")] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        ArgumentNullException.ThrowIfNull(request);
        var stop = request.HttpContext.RequestAborted;
        var collection = CollectionFunctions.RequireName(request.Placeholder("collection"));
        await collections.RequireWriterAsync(collection, request.Caller(), stop);
        return new JsonAnswer(await start.RunAsync(durable, collection, Deep(request), stop), StatusCodes.Status202Accepted);
    }

    [Function("ReconcileCollectionGet")]
    public async Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}/reconcile")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var stop = request.HttpContext.RequestAborted;
        var collection = CollectionFunctions.RequireName(request.Placeholder("collection"));
        await collections.RequireOverseerAsync(collection, request.Caller(), stop);
        return new JsonAnswer(await runs.FindAsync(collection, stop) ?? throw NotFound());
    }

    /// <summary>All collections.</summary>
    [Function("ReconcileAll")]
    public async Task<IActionResult> StartAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "reconcile")] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        request.Operator();
        return new JsonAnswer(await start.RunAsync(durable, null, Deep(request), request.HttpContext.RequestAborted), StatusCodes.Status202Accepted);
    }

    [Function("ReconcileAllGet")]
    public async Task<IActionResult> GetAllAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "reconcile")] HttpRequest request)
    {
        request.Overseer();
        return new JsonAnswer(await runs.FindAsync(null, request.HttpContext.RequestAborted) ?? throw NotFound());
    }

    private static bool Deep(HttpRequest request) => request.Query["deep"].ToString() switch
    {
        "" or "true" => true,
        "false" => false,
        _ => throw GatewayException.Invalid("deep", "'deep' must be true or false."),
    };

    private static GatewayException NotFound() => GatewayException.NotFound("reconcile_not_found", "There has been no run yet.", "collection");
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Contracts;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Batches.Running;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches;

/// <summary>OpenAI's batches. A batch is its owner's alone.</summary>
public sealed class BatchFunctions(BatchReader reader, BatchStore batches, FileStore files, TimeProvider time)
{
    private const string Route = "v1/batches";

    [Function("BatchCreate")]
    public async Task<IActionResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        ArgumentNullException.ThrowIfNull(durable);
        var stop = request.HttpContext.RequestAborted;
        var batch = await reader.ReadAsync(await RequestBody.ReadObjectAsync(request, stop), request.Caller(), stop);
        await batches.CreateAsync(batch, requests: 0, stop);
        // What is written is run, also when the caller goes away now.
        await BatchOrchestrator.ScheduleAsync(durable, batch.Owner, batch.Id, CancellationToken.None);
        return new JsonAnswer(BatchView.Of(batch, new BatchStatus { State = BatchState.Validating }, [], hasOutput: false, hasErrors: false));
    }

    [Function("BatchList")]
    public async Task<IActionResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        var owner = BatchContainer.OwnerOf(request.Caller());
        return new JsonAnswer(await ListPage.OfAsync(request, batches.ListAsync(owner, stop).Where(item => BatchStore.IsId(item.Id)), 100, 20, item => item.Id, item => ViewAsync(owner, item.Id, stop)));
    }

    [Function("BatchGet")]
    public async Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}")] HttpRequest request) =>
        new JsonAnswer(await ViewAsync(BatchContainer.OwnerOf(request.Caller()), request.Placeholder("id"), request.HttpContext.RequestAborted) ?? throw NotFound());

    /// <summary>What has been answered is kept; requests under way are waited for.</summary>
    [Function("BatchCancel")]
    public async Task<IActionResult> CancelAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{id}/cancel")] HttpRequest request)
    {
        var (owner, id, stop) = (BatchContainer.OwnerOf(request.Caller()), request.Placeholder("id"), request.HttpContext.RequestAborted);
        if (!BatchStore.IsId(id)) throw NotFound();
        var status = await batches.CancelAsync(owner, id, time.GetUtcNow(), stop) ?? throw NotFound();
        if (status.State is not (BatchState.Cancelling or BatchState.Cancelled))
            throw new GatewayException(StatusCodes.Status409Conflict, new ErrorDetail("batch_ended", $"The batch is {status.Word}: there is nothing left to cancel.", "invalid_request_error", "id"));
        return new JsonAnswer(await ViewAsync(owner, id, stop) ?? throw NotFound());
    }

    private static GatewayException NotFound() => GatewayException.NotFound("batch_not_found", "There is no such batch.", "id");

    private async Task<object?> ViewAsync(string owner, string id, CancellationToken stop)
    {
        if (!BatchStore.IsId(id) || await batches.FindAsync(owner, id, stop) is not var (batch, status)) return null;
        if (!status.IsTerminal) return BatchView.Of(batch, await batches.CountAsync(owner, id, status, stop), [], hasOutput: false, hasErrors: false);

        var faults = status.State == BatchState.Failed ? await batches.FaultsAsync(owner, id, stop) : [];
        // Of requests that were not asked nobody can write a line once the input is gone: then there may be no file of errors. Earlier versions did not note it.
        var hasErrors = status.Untold is { } untold
            ? status.Failed > untold
            : status.Failed > status.Unasked || (status.Unasked > 0 && await files.FindAsync(owner, batch.ErrorFileId, stop) is not null);
        return BatchView.Of(batch, status, faults, status.Completed > 0, hasErrors);
    }
}

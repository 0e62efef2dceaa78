using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Batches.Running;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Messages;

/// <summary>Anthropic's message batches. A batch is its owner's alone.</summary>
public sealed class MessageBatchFunctions(MessageBatchCreation creation, BatchStore batches, FileStore files, PublicAddress address, TimeProvider time)
{
    internal const string Route = MessagesError.BatchRoute;

    [Function("MessageBatchCreate")]
    public async Task<IActionResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        ArgumentNullException.ThrowIfNull(durable);
        var (batch, requests) = await creation.RunAsync(request, request.HttpContext.RequestAborted);
        // What is written is run, also when the caller goes away now.
        await BatchOrchestrator.ScheduleAsync(durable, batch.Owner, batch.Id, CancellationToken.None);
        return new JsonAnswer(MessageBatchView.Of(batch, new BatchStatus { State = BatchState.Validating, Total = requests }, address.Of(request)));
    }

    [Function("MessageBatchList")]
    public async Task<IActionResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request)
    {
        var (owner, stop) = (BatchContainer.OwnerOf(request.Caller()), request.HttpContext.RequestAborted);
        var (ids, hasMore) = await MessageBatchPage.OfAsync(request, batches.ListAsync(owner, stop).Select(item => item.Id).Where(BatchStore.IsMessagesId));
        var data = new List<object>(ids.Count);
        // One that has gone since it was listed is left out.
        foreach (var id in ids)
        {
            if (await batches.FindAsync(owner, id, stop) is var (batch, status)) data.Add(MessageBatchView.Of(batch, status, address.Of(request)));
        }

        return new JsonAnswer(new Dictionary<string, object?> { ["data"] = data, ["has_more"] = hasMore, ["first_id"] = ids.FirstOrDefault(), ["last_id"] = ids.LastOrDefault() });
    }

    [Function("MessageBatchGet")]
    public async Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}")] HttpRequest request)
    {
        var (batch, status) = await FindAsync(request);
        return new JsonAnswer(MessageBatchView.Of(batch, status, address.Of(request)));
    }

    /// <summary>What has been answered is kept; requests under way are waited for.</summary>
    [Function("MessageBatchCancel")]
    public async Task<IActionResult> CancelAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{id}/cancel")] HttpRequest request)
    {
        var (batch, _) = await FindAsync(request);
        var status = await batches.CancelAsync(batch.Owner, batch.Id, time.GetUtcNow(), request.HttpContext.RequestAborted) ?? throw NotFound();
        if (status.CancellingAt is null) throw GatewayException.Invalid("id", "The batch has ended or is about to: there is nothing left to cancel.", "batch_ended");
        return new JsonAnswer(MessageBatchView.Of(batch, status, address.Of(request)));
    }

    /// <summary>With its results.</summary>
    [Function("MessageBatchDelete")]
    public async Task<IActionResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route + "/{id}")] HttpRequest request)
    {
        var (batch, status) = await FindAsync(request);
        if (!status.IsTerminal) throw GatewayException.Invalid("id", "The batch has not ended: it must be cancelled first, and end.", "batch_not_ended");
        var stop = request.HttpContext.RequestAborted;
        foreach (var file in (string[])[batch.OutputFileId, batch.InputFileId]) await files.DeleteAsync(batch.Owner, file, stop);
        await batches.DropWorkAsync(batch.Owner, batch.Id, stop);
        await batches.DropFaultsAsync(batch.Owner, batch.Id, stop);
        await batches.DeleteAsync(batch.Owner, batch.Id, stop);
        return new JsonAnswer(new { batch.Id, Type = "message_batch_deleted" });
    }

    [Function("MessageBatchResults")]
    public async Task<IActionResult> ResultsAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}/results")] HttpRequest request)
    {
        var (batch, status) = await FindAsync(request);
        if (!status.IsTerminal) throw GatewayException.Invalid("id", "The batch has not ended: it has no results yet.", "batch_not_ended");
        var stop = request.HttpContext.RequestAborted;
        var file = await files.FindAsync(batch.Owner, batch.OutputFileId, stop) ?? throw Gone();
        return await files.FindContentAsync(request, batch.Owner, file, "application/x-jsonl") ?? throw Gone();
    }

    private static GatewayException NotFound() => GatewayException.NotFound("batch_not_found", "There is no such message batch.", "id");

    private static GatewayException Gone() => GatewayException.NotFound("results_not_found", "The batch has no results, or they are gone with their time.", "id");

    private async Task<(Batch Batch, BatchStatus Status)> FindAsync(HttpRequest request)
    {
        var (owner, id) = (BatchContainer.OwnerOf(request.Caller()), request.Placeholder("id"));
        return BatchStore.IsMessagesId(id) ? await batches.FindAsync(owner, id, request.HttpContext.RequestAborted) ?? throw NotFound() : throw NotFound();
    }
}

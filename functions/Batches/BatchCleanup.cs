using Azure.Storage.Blobs.Models;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Batches.Files;
using Serverless.Functions.Batches.Running;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches;

/// <summary>Every hour: deletes files and batches whose time is over, and takes up batches that nobody is at work on.</summary>
public sealed class BatchCleanup(BatchContainer container, BatchStore batches, BatchOptions options, TimeProvider time, ILogger<BatchCleanup> logger)
{
    /// <summary>How long an upload may go on, and how long a batch may be between its being written and its orchestration.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10), LongestUpload = TimeSpan.FromDays(1);

    [Function("BatchCleanup")]
    public async Task RunAsync([TimerTrigger("0 23 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(durable);
        var files = await DropFilesAsync(cancellationToken);
        var ended = await LookAsync(durable, cancellationToken);
        if (files + ended > 0) BatchLog.Cleaned(logger, files, ended);
    }

    private async Task<int> DropFilesAsync(CancellationToken cancellationToken)
    {
        await container.EnsureCreatedAsync(cancellationToken);
        var (now, dropped) = (time.GetUtcNow(), 0);
        await foreach (var blob in container.Blobs.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = FileStore.Prefix }, cancellationToken))
        {
            var file = StoredFile.Of(blob.Name[(blob.Name.LastIndexOf('/') + 1)..], blob);
            if (file is not null ? file.ExpiresAt > now : blob.Properties.LastModified > now - LongestUpload) continue;
            await container.Blobs.GetBlobClient(blob.Name).DeleteIfExistsAsync(cancellationToken: cancellationToken);
            dropped++;
        }

        return dropped;
    }

    private async Task<int> LookAsync(DurableTaskClient durable, CancellationToken cancellationToken)
    {
        var (now, dropped) = (time.GetUtcNow(), 0);
        await foreach (var (owner, id, status) in batches.ListAsync(null, cancellationToken))
        {
            if (status.IsTerminal && status.EndedAt <= now - options.Retention)
            {
                await batches.DropWorkAsync(owner, id, cancellationToken);
                await batches.DropFaultsAsync(owner, id, cancellationToken);
                await batches.DeleteAsync(owner, id, cancellationToken);
                dropped++;
            }
            else if (!status.IsTerminal && BatchStore.CreatedAt(id) <= now - Grace)
            {
                await TakeUpAsync(durable, owner, id, cancellationToken);
            }
        }

        return dropped;
    }

    /// <summary>Durable's state was lost, or the app died between the batch and its orchestration: what was answered is still there.</summary>
    private async Task TakeUpAsync(DurableTaskClient durable, string owner, string id, CancellationToken cancellationToken)
    {
        if (await LiveOrchestrations.HasAsync(durable, BatchOrchestrator.InstanceId(id), cancellationToken)) return;
        await BatchOrchestrator.ScheduleAsync(durable, owner, id, cancellationToken);
        BatchLog.TakenUp(logger, id);
    }
}

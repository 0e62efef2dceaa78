using Azure;
using Azure.Storage.Queues;
using Microsoft.Extensions.Options;
using Serverless.Functions.Ingestion;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Shortens the time for which a queue trigger holds a message: it takes each for ten minutes, which no setting of the host changes, and when its instance dies nobody sees the message until
/// they are over. Held for <see cref="IngestionOptions.MessageLeaseSeconds"/> and renewed while its function is at work, it comes again soon. Each renewal gives the message
/// another receipt, so its end is said here: what the host says of it by the first one finds nothing (WebJobs takes that for a function's doing).
/// </summary>
public sealed class MessageLease(QueueServiceClient queues, TimeProvider time, IOptions<IngestionOptions> options)
{
    // As the host's own setting (host.json: queues.visibilityTimeout) has it.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private TimeSpan Lease => TimeSpan.FromSeconds(options.Value.MessageLeaseSeconds);

    /// <summary>Runs a function while its message is held. The message is deleted when it ends well, and comes again in five seconds when it fails.</summary>
    /// <param name="queue">The queue's name.</param>
    /// <param name="id">The message's.</param>
    /// <param name="receipt">By which the trigger holds it.</param>
    public async Task RunAsync(string queue, string id, string receipt, Func<Task> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        var client = queues.GetQueueClient(queue);
        using var ended = new CancellationTokenSource();
        var keeping = KeepAsync(client, id, receipt, ended.Token);
        try
        {
            await function();
        }
        catch
        {
            await EndAsync(held => client.UpdateMessageAsync(id, held, visibilityTimeout: Again));
            throw;
        }

        await EndAsync(held => client.DeleteMessageAsync(id, held));

        async Task EndAsync(Func<string, Task> end)
        {
            await ended.CancelAsync();
            if (await keeping is not { } held) return;
            try
            {
                await end(held);
            }
            catch (Exception failure) when (IsOfStorage(failure))
            {
                // It comes again when the lease is over, and whoever handles it finds it done.
            }
        }
    }

    // No renewal is cut off: its receipt would be lost.
    private async Task<string?> KeepAsync(QueueClient client, string id, string receipt, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                receipt = (await client.UpdateMessageAsync(id, receipt, visibilityTimeout: Lease, cancellationToken: CancellationToken.None)).Value.PopReceipt;
                await Task.Delay(Lease / 2, time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (ended.IsCancellationRequested) return receipt;
            }
        }
        catch (RequestFailedException gone) when (gone.Status is 400 or 404)
        {
            // It is another's already.
            return null;
        }
        catch (Exception failure) when (IsOfStorage(failure))
        {
            return receipt;
        }
    }

    private static bool IsOfStorage(Exception failure) => failure is RequestFailedException or AggregateException or OperationCanceledException;
}

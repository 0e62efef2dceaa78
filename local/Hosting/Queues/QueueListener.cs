using System.Text;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;
using Serverless.Local.Hosting.Catalog;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Queues;

/// <summary>
/// Reads one queue and runs its function for each message, several at once. A message is deleted when its function ends well, comes back after
/// host.json's visibilityTimeout when it fails, and moves to {queue}-poison when it has failed maxDequeueCount times.
/// </summary>
internal sealed class QueueListener(
    FunctionDescriptor function,
    QueueClient queue,
    QueueClient poison,
    QueueSettings settings,
    TimeSpan functionTimeout,
    FunctionInvoker invoker,
    TimeProvider time,
    ILogger<QueueListener> logger) : IFunctionListener
{
    /// <summary>How long a message is ours before it must be renewed. After a crash its next try comes no later than this.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopPolling = new();
    private readonly CancellationTokenSource _stopWork = new();
    private readonly SemaphoreSlim _settled = new(0);
    private readonly HashSet<Task> _running = [];
    private readonly PollingDelay _delay = new();
    private Task _polling = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        _polling = Task.Run(PollAsync, CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopPolling.CancelAsync();
        await _polling;
        Task[] running;
        lock (_running) running = [.. _running];
        var drained = Task.WhenAll(running);
        await Task.WhenAny(drained, Task.Delay(Timeout.Infinite, cancellationToken));
        await _stopWork.CancelAsync();
        await drained;
    }

    private async Task PollAsync()
    {
        var stopping = _stopPolling.Token;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var messages = await TakeAsync(stopping);
                foreach (var message in messages) Start(message);
                if (messages.Length == 0) await Task.Delay(_delay.Next(), time, stopping);
                else _delay.Reset();
                await RoomForAnotherBatchAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<QueueMessage[]> TakeAsync(CancellationToken stopping)
    {
        try
        {
            return await queue.ReceiveMessagesAsync(settings.BatchSize, Lease, stopping);
        }
        catch (RequestFailedException e) when (e.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: stopping);
            return [];
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException && !stopping.IsCancellationRequested)
        {
            logger.QueueUnavailable(queue.Name, Reason(e), (long)PollingDelay.Longest.TotalMilliseconds);
            _delay.Back();
            return [];
        }
    }

    private async Task RoomForAnotherBatchAsync(CancellationToken stopping)
    {
        while (true)
        {
            lock (_running)
            {
                if (_running.Count <= settings.NewBatchThreshold) return;
            }

            await _settled.WaitAsync(stopping);
        }
    }

    private void Start(QueueMessage message)
    {
        // Adding under the lock that removal takes: a task cannot be removed before it was added.
        lock (_running)
        {
            Task? work = null;
            work = Task.Run(async () =>
            {
                try
                {
                    await ProcessAsync(message);
                }
                finally
                {
                    lock (_running) _running.Remove(work!);
                    _settled.Release();
                }
            });
            _running.Add(work);
        }
    }

    private async Task ProcessAsync(QueueMessage message)
    {
        await using var lease = new MessageLease(queue, message, Lease, time, logger);
        var body = Decode(message);

        // A count beyond the limit: the host died while it ran the message for the last time.
        var failed = body is null || message.DequeueCount > settings.MaxDequeueCount || !await TryRunAsync(message, body);
        var receipt = await lease.EndAsync();
        try
        {
            if (!failed) await DeleteAsync(message.MessageId, receipt);
            else if (body is null || message.DequeueCount >= settings.MaxDequeueCount) await PoisonAsync(message, receipt);
            else await queue.UpdateMessageAsync(message.MessageId, receipt, visibilityTimeout: RetryDelay);
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException)
        {
            // The lease runs out, and the message comes back: at least once.
            logger.SettlingFailed(message.MessageId, queue.Name, Reason(e));
        }
    }

    // A stopping host hands its messages back at once: another instance, or its own next start, takes them.
    private TimeSpan RetryDelay => _stopWork.IsCancellationRequested ? TimeSpan.Zero : settings.VisibilityTimeout;

    private async Task<bool> TryRunAsync(QueueMessage message, BinaryData body)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stopWork.Token);
        if (functionTimeout != Timeout.InfiniteTimeSpan) timeout.CancelAfter(functionTimeout);
        var decoded = QueuesModelFactory.QueueMessage(
            message.MessageId, message.PopReceipt, body, message.DequeueCount, message.NextVisibleOn, message.InsertedOn, message.ExpiresOn);
        try
        {
            await invoker.InvokeAsync(function, decoded, timeout.Token);
            return true;
        }
        catch (Exception e)
        {
            if (!_stopWork.IsCancellationRequested) logger.Failed(function.Name, message.MessageId, ExceptionOutline.Of(e));
            return false;
        }
    }

    private BinaryData? Decode(QueueMessage message)
    {
        if (!settings.Base64) return message.Body;
        var text = message.Body.ToMemory().Span;
        var bytes = new byte[text.Length];
        return System.Buffers.Text.Base64.DecodeFromUtf8(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            ? BinaryData.FromBytes(bytes.AsMemory(0, written))
            : null;
    }

    private async Task PoisonAsync(QueueMessage message, string receipt)
    {
        logger.Poisoned(message.MessageId, queue.Name, message.DequeueCount, poison.Name);
        await poison.CreateIfNotExistsAsync();
        await poison.SendMessageAsync(message.Body, timeToLive: TimeSpan.FromSeconds(-1));
        await DeleteAsync(message.MessageId, receipt);
    }

    private async Task DeleteAsync(string messageId, string receipt)
    {
        try
        {
            await queue.DeleteMessageAsync(messageId, receipt);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Already gone: its work is done either way.
        }
    }

    /// <summary>A failure in few words: the SDK's messages quote whole responses.</summary>
    internal static string Reason(Exception e) => e switch
    {
        RequestFailedException { Status: > 0 } failed => new StringBuilder().Append(failed.Status).Append(' ').Append(failed.ErrorCode).ToString(),
        _ => (e.InnerException ?? e).GetType().Name,
    };
}

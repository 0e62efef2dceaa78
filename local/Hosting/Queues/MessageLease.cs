using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Hosting.Queues;

/// <summary>Keeps a message invisible while its function runs, by renewing it at a third of its time: one renewal may fail.</summary>
internal sealed class MessageLease : IAsyncDisposable
{
    private readonly QueueClient _queue;
    private readonly QueueMessage _message;
    private readonly TimeSpan _length;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewing;
    private string _receipt;

    public MessageLease(QueueClient queue, QueueMessage message, TimeSpan length, TimeProvider time, ILogger logger)
    {
        (_queue, _message, _length, _time, _logger, _receipt) = (queue, message, length, time, logger, message.PopReceipt);
        _renewing = RenewAsync();
    }

    /// <summary>Stops renewing and returns the receipt with which the message can be deleted or handed back.</summary>
    public async Task<string> EndAsync()
    {
        await _end.CancelAsync();
        await _renewing;
        return _receipt;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _end.Dispose();
    }

    private async Task RenewAsync()
    {
        while (true)
        {
            try
            {
                await Task.Delay(_length / 3, _time, _end.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                // Not cancelled half-way: a renewal whose answer is lost would leave us with a receipt that is no longer good.
                UpdateReceipt receipt = await _queue.UpdateMessageAsync(_message.MessageId, _receipt, visibilityTimeout: _length);
                _receipt = receipt.PopReceipt;
            }
            catch (Exception e) when (e is RequestFailedException or AggregateException)
            {
                _logger.RenewalFailed(_message.MessageId, _queue.Name, QueueListener.Reason(e));
            }
        }
    }
}

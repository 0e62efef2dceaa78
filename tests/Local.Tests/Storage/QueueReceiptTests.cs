using Azure;
using Azure.Storage.Queues;
using Local.Tests.Support;

namespace Local.Tests.Storage;

/// <summary>What Azure says, Azurite as the stack runs it says to whoever comes with a receipt that has been replaced: there is no such message.</summary>
public sealed class QueueReceiptTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private static readonly TimeSpan Minutes = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Receipt_ThatWasReplaced_FindsNothingAndChangesNothing()
    {
        var queue = new QueueClient(azurite.ConnectionString, $"receipts-{Guid.NewGuid():N}");
        await queue.CreateAsync();
        await queue.SendMessageAsync("message");
        var taken = (await queue.ReceiveMessageAsync(Minutes)).Value;
        var kept = (await queue.UpdateMessageAsync(taken.MessageId, taken.PopReceipt, visibilityTimeout: Minutes)).Value;
        foreach (var change in (Func<Task>[])[() => queue.DeleteMessageAsync(taken.MessageId, taken.PopReceipt), () => queue.UpdateMessageAsync(taken.MessageId, taken.PopReceipt, "another")])
        {
            var refused = await Assert.ThrowsAsync<RequestFailedException>(change);
            Assert.Equal((404, "MessageNotFound"), (refused.Status, refused.ErrorCode));
        }

        Assert.Equal(1, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        await queue.DeleteMessageAsync(taken.MessageId, kept.PopReceipt);
        Assert.Equal(0, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }
}

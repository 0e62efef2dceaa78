using Azure.Storage.Queues;
using Local.Tests.Support;

namespace Local.Tests.Storage;

/// <summary>Messages come in the order in which they are due in Azurite as the stack runs it, though only the first of them are sorted.</summary>
public sealed class QueueOrderTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private static readonly TimeSpan Minutes = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Messages_ManyOfThem_AreTakenOnceEachInTheOrderInWhichTheyAreDue()
    {
        var queue = await CreateAsync();
        var beside = await CreateAsync();
        await queue.SendMessageAsync("hidden", visibilityTimeout: Minutes);
        foreach (var i in Enumerable.Range(0, 70))
        {
            await queue.SendMessageAsync($"{i}");
            await beside.SendMessageAsync("another queue's");
        }

        Assert.Equal(["0", "1", "2"], (await queue.PeekMessagesAsync(3)).Value.Select(message => message.Body.ToString()));
        foreach (var (from, asked, count) in new[] { (0, 32, 32), (32, 1, 1), (33, 32, 32), (65, 32, 5) })
        {
            var taken = (await queue.ReceiveMessagesAsync(asked, Minutes)).Value;
            Assert.Equal(Enumerable.Range(from, count).Select(i => $"{i}"), taken.Select(message => message.Body.ToString()));
            Assert.All(taken, message => Assert.Equal(1, message.DequeueCount));
        }

        Assert.Empty((await queue.ReceiveMessagesAsync(32, Minutes)).Value);
        Assert.Equal(71, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        Assert.Equal(32, (await beside.ReceiveMessagesAsync(32, Minutes)).Value.Length);
    }

    [Fact]
    public async Task Message_GivenBack_ComesAfterThoseThatWaitedMeanwhile()
    {
        var queue = await CreateAsync();
        foreach (var name in (string[])["first", "second", "third"]) await queue.SendMessageAsync(name);
        var first = (await queue.ReceiveMessageAsync(Minutes)).Value;
        await queue.UpdateMessageAsync(first.MessageId, first.PopReceipt, "first, again", TimeSpan.Zero);
        Assert.Equal(["second", "third", "first, again"], (await queue.ReceiveMessagesAsync(32, Minutes)).Value.Select(message => message.Body.ToString()));
    }

    private async Task<QueueClient> CreateAsync()
    {
        var queue = new QueueClient(azurite.ConnectionString, $"order-{Guid.NewGuid():N}");
        await queue.CreateAsync();
        return queue;
    }
}

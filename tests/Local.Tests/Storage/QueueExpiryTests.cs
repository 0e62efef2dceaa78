using Azure.Storage.Queues;
using Local.Tests.Support;

namespace Local.Tests.Storage;

/// <summary>Messages expire in Azurite as the stack runs it, though a queue is looked at for such only when some may have.</summary>
public sealed class QueueExpiryTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [Fact]
    public async Task Messages_OfAnyLife_ExpireWhenTheirTimeIsOverAndNoOthersDo()
    {
        var queue = new QueueClient(azurite.ConnectionString, $"expiry-{Guid.NewGuid():N}");
        await queue.CreateAsync();
        await queue.SendMessageAsync("long", timeToLive: TimeSpan.FromDays(7));
        await queue.SendMessageAsync("for ever", timeToLive: TimeSpan.FromSeconds(-1));
        Assert.Equal(["long", "for ever"], await PeekAsync(queue));

        // One that is put last and expires first.
        await queue.SendMessageAsync("short", timeToLive: TimeSpan.FromSeconds(2));
        await Eventually.TrueAsync(async () => !(await PeekAsync(queue)).Contains("short"), "the short one has expired");
        Assert.Equal(["long", "for ever"], await PeekAsync(queue));

        // And one after it that is taken and never deleted: a look at what is left finds it.
        await queue.SendMessageAsync("taken", timeToLive: TimeSpan.FromSeconds(2));
        await queue.ReceiveMessagesAsync(10, TimeSpan.FromMinutes(5));
        await Eventually.TrueAsync(
            async () =>
            {
                await PeekAsync(queue);
                return (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount == 2;
            },
            "the taken one has expired");
    }

    private static async Task<string[]> PeekAsync(QueueClient queue) => [.. (await queue.PeekMessagesAsync(10)).Value.Select(m => m.Body.ToString())];
}

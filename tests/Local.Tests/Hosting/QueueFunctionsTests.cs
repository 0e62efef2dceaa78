using System.Collections.Concurrent;
using System.Text;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Local.Tests.Storage;
using Local.Tests.Support;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Local.Hosting;

namespace Local.Tests.Hosting;

/// <summary>Queue functions against a real Azurite; each test has a queue of its own.</summary>
public sealed class QueueFunctionsTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private readonly string _queue = $"q{Guid.NewGuid():N}";

    [Theory]
    [InlineData(typeof(AsString), "{\"name\":\"Ada\",\"times\":2}")]
    [InlineData(typeof(AsBytes), "{\"name\":\"Ada\",\"times\":2}")]
    [InlineData(typeof(AsBinaryData), "{\"name\":\"Ada\",\"times\":2}")]
    [InlineData(typeof(AsPoco), "Greeting { Name = Ada, Times = 2 }")]
    [InlineData(typeof(AsQueueMessage), "1 {\"name\":\"Ada\",\"times\":2}")]
    [InlineData(typeof(WithMetadata), "1 {\"name\":\"Ada\",\"times\":2}")]
    public async Task Message_EachType_IsBoundAndDeleted(Type function, string seen)
    {
        await using var host = await StartAsync(function);

        await Queue().SendMessageAsync("{\"name\":\"Ada\",\"times\":2}");

        await Eventually.TrueAsync(() => host.Get<Inbox>().Seen.Contains(seen), "the function saw the message");
        await Eventually.TrueAsync(IsEmptyAsync, "the message is gone");
    }

    [Fact]
    public async Task FailingMessage_IsTriedFiveTimesAndThenPoison()
    {
        await using var host = await StartAsync(typeof(AsString), inbox => inbox.Fail = text => text == "bad");
        await Queue().SendMessageAsync("bad");

        await Eventually.TrueAsync(async () => await Poison().ExistsAsync() && (await Poison().PeekMessagesAsync()).Value.Length == 1, "the message is poison");

        Assert.Equal(5, host.Get<Inbox>().Seen.Count(text => text == "bad"));
        Assert.Equal("bad", (await Poison().PeekMessageAsync()).Value.Body.ToString());
        await Eventually.TrueAsync(IsEmptyAsync, "the message left its queue");
        Assert.DoesNotContain(host.Logs.Lines, line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FailingMessages_StarveNobody()
    {
        await using var host = await StartAsync(typeof(AsString), inbox => inbox.Fail = text => text.StartsWith("bad", StringComparison.Ordinal));
        for (var i = 0; i < 20; i++) await Queue().SendMessageAsync($"bad {i}");
        await Queue().SendMessageAsync("good");

        await Eventually.TrueAsync(() => host.Get<Inbox>().Seen.Contains("good"), "the good message was seen");
    }

    [Fact]
    public async Task MessageThatIsNotBase64_IsPoisonAtOnce()
    {
        await using var host = await StartAsync(typeof(AsString));
        await new QueueClient(azurite.ConnectionString, _queue).SendMessageAsync("not base64 !");

        await Eventually.TrueAsync(async () => await Poison().ExistsAsync() && (await Poison().GetPropertiesAsync()).Value.ApproximateMessagesCount == 1, "the message is poison");

        Assert.Empty(host.Get<Inbox>().Seen);
    }

    [Fact]
    public async Task MessagesTakenBeforeACrash_BeyondTheLimit_AreNotRunAgain()
    {
        // The fifth try's host died: nothing but the count tells of it.
        var queue = Queue();
        await queue.CreateAsync();
        await queue.SendMessageAsync("deadly");
        for (var i = 0; i < 5; i++)
        {
            QueueMessage taken = await queue.ReceiveMessageAsync();
            await queue.UpdateMessageAsync(taken.MessageId, taken.PopReceipt, visibilityTimeout: TimeSpan.Zero);
        }

        await using var host = await StartAsync(typeof(AsString));

        await Eventually.TrueAsync(async () => await Poison().ExistsAsync() && (await Poison().PeekMessagesAsync()).Value.Length == 1, "the message is poison");
        Assert.Empty(host.Get<Inbox>().Seen);
    }

    [Fact]
    public async Task LongRun_MessageStaysInvisibleByRenewal()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var release = new TaskCompletionSource();
        await using var host = await StartAsync(typeof(AsString), inbox => inbox.Hold = release.Task, time);
        await Queue().SendMessageAsync("slow");
        await Eventually.TrueAsync(
            () =>
            {
                // The listener's own polling waits on this clock as well.
                if (host.Get<Inbox>().Seen.IsEmpty) time.Advance(TimeSpan.FromSeconds(2));
                return !host.Get<Inbox>().Seen.IsEmpty;
            },
            "the function runs");

        // A renewal replaces the receipt: with the one that the function was given, the message cannot be touched any more.
        time.Advance(TimeSpan.FromSeconds(15));
        var (id, receipt) = host.Get<Inbox>().Receipts.Single();
        await Eventually.TrueAsync(() => IsStaleAsync(id, receipt), "the lease was renewed");

        release.SetResult();
        await Eventually.TrueAsync(IsEmptyAsync, "the message is gone, deleted with the renewed receipt");
    }

    [Fact]
    public async Task StopAsync_FunctionInProgress_EndsItFirst()
    {
        var release = new TaskCompletionSource();
        await using var host = await StartAsync(typeof(AsString), inbox => inbox.Hold = release.Task);
        await Queue().SendMessageAsync("last");
        await Eventually.TrueAsync(() => !host.Get<Inbox>().Seen.IsEmpty, "the function runs");

        var stopping = host.Host.StopAsync();
        release.SetResult();
        await stopping;

        Assert.True(await IsEmptyAsync());
    }

    [Fact]
    public async Task StopAsync_FunctionThatDoesNotEnd_IsCancelledAndItsMessageHandedBackAtOnce()
    {
        await using var host = await StartAsync(typeof(Waits), options: o => o with { DrainTimeout = TimeSpan.FromMilliseconds(50) });
        await Queue().SendMessageAsync("again");
        await Eventually.TrueAsync(() => !host.Get<Inbox>().Seen.IsEmpty, "the function runs");

        await host.Host.StopAsync();

        Assert.Equal("again", (await Queue().ReceiveMessageAsync()).Value.Body.ToString());
    }

    [Fact]
    public async Task StartAsync_ConnectionMissing_NamesFunctionAndSetting()
    {
        var failure = await Assert.ThrowsAsync<FunctionLoadException>(() => TestHost.StartAsync(
            [typeof(AsString)], settings: new Dictionary<string, string?> { ["Queue"] = _queue }));

        Assert.Contains("Function 'AsString': setting 'Storage'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_ConnectionMalformed_DoesNotQuoteIt()
    {
        var failure = await Assert.ThrowsAsync<FunctionLoadException>(() => TestHost.StartAsync(
            [typeof(AsString)], settings: new Dictionary<string, string?> { ["Queue"] = _queue, ["Storage"] = "AccountKey=secret-canary" }));

        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
    }

    private QueueClient Queue() => new(azurite.ConnectionString, _queue, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    private QueueClient Poison() => new(azurite.ConnectionString, _queue + "-poison", new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    private async Task<bool> IsEmptyAsync() => (await Queue().GetPropertiesAsync()).Value.ApproximateMessagesCount == 0;

    private async Task<bool> IsStaleAsync(string id, string receipt)
    {
        try
        {
            await Queue().UpdateMessageAsync(id, receipt, visibilityTimeout: TimeSpan.FromMinutes(1));
            return false;
        }
        catch (Azure.RequestFailedException e) when (e.Status is 400 or 404)
        {
            return true;
        }
    }

    private Task<TestHost> StartAsync(Type function, Action<Inbox>? prepare = null, TimeProvider? time = null, Func<FunctionsHostOptions, FunctionsHostOptions>? options = null) =>
        TestHost.StartAsync(
            [function],
            settings: new Dictionary<string, string?> { ["Queue"] = _queue, ["Storage"] = azurite.ConnectionString },
            configure: o =>
            {
                o = o with
                {
                    HostJsonPath = ImmediateRetries(),
                    Services = services =>
                    {
                        var inbox = new Inbox();
                        prepare?.Invoke(inbox);
                        services.AddSingleton(inbox);
                        if (time is not null) services.AddSingleton(time);
                    },
                };
                return options?.Invoke(o) ?? o;
            });

    private static string ImmediateRetries()
    {
        var path = Path.Combine(Path.GetTempPath(), $"serverless-host-{Environment.ProcessId}.json");
        if (!File.Exists(path)) File.WriteAllText(path, """{ "extensions": { "queues": { "visibilityTimeout": "00:00:00" } } }""");
        return path;
    }

    public sealed class Inbox
    {
        public ConcurrentQueue<string> Seen { get; } = new();

        public ConcurrentQueue<(string Id, string Receipt)> Receipts { get; } = new();

        public Func<string, bool> Fail { get; set; } = _ => false;

        public Task Hold { get; set; } = Task.CompletedTask;

        public async Task TakeAsync(string text)
        {
            Seen.Enqueue(text);
            await Hold;
            if (Fail(text)) throw new InvalidOperationException("canary");
        }
    }

    public sealed class AsString(Inbox inbox)
    {
        [Function("AsString")]
        public Task Run([QueueTrigger("%Queue%", Connection = "Storage")] string text, string id, string popReceipt)
        {
            inbox.Receipts.Enqueue((id, popReceipt));
            return inbox.TakeAsync(text);
        }
    }

    public sealed class AsBytes(Inbox inbox)
    {
        [Function("AsBytes")]
        public Task Run([QueueTrigger("%Queue%", Connection = "Storage")] byte[] body) => inbox.TakeAsync(Encoding.UTF8.GetString(body));
    }

    public sealed class AsBinaryData(Inbox inbox)
    {
        [Function("AsBinaryData")]
        public Task Run([QueueTrigger("%Queue%", Connection = "Storage")] BinaryData body) => inbox.TakeAsync(body.ToString());
    }

    public sealed class AsPoco(Inbox inbox)
    {
        [Function("AsPoco")]
        public Task Run([QueueTrigger("%Queue%", Connection = "Storage")] Greeting greeting) => inbox.TakeAsync(greeting.ToString());
    }

    public sealed class AsQueueMessage(Inbox inbox)
    {
        [Function("AsQueueMessage")]
        public Task Run([QueueTrigger("%Queue%", Connection = "Storage")] QueueMessage message) => inbox.TakeAsync($"{message.DequeueCount} {message.Body}");
    }

    public sealed class WithMetadata(Inbox inbox)
    {
        [Function("WithMetadata")]
        public Task Run([QueueTrigger("%Queue%", Connection = "Storage")] string text, int dequeueCount) => inbox.TakeAsync($"{dequeueCount} {text}");
    }

    public sealed class Waits(Inbox inbox)
    {
        [Function("Waits")]
        public async Task Run([QueueTrigger("%Queue%", Connection = "Storage")] string text, CancellationToken token)
        {
            await inbox.TakeAsync(text);
            await Task.Delay(Timeout.Infinite, token);
        }
    }
}

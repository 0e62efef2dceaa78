using System.Collections.Concurrent;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Options;
using Serverless.Contracts.Tests;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>What a function does to the message that a trigger took for ten minutes, on a real queue.</summary>
[Collection(AzureCollection.Name)]
public sealed class MessageLeaseTests : IAsyncLifetime
{
    private readonly string _name = $"lease-{Guid.NewGuid():N}";
    private readonly ManualTime _time = new();
    private readonly Requests _requests = new();
    private readonly QueueClient _trigger;
    private readonly MessageLease _lease;

    public MessageLeaseTests(AzureServices azure)
    {
        _trigger = new QueueClient(azure.Storage, _name);
        var options = new QueueClientOptions();
        options.AddPolicy(_requests, HttpPipelinePosition.PerCall);
        _lease = new MessageLease(new QueueServiceClient(azure.Storage, options), _time, Options.Create(new IngestionOptions { MessageLeaseSeconds = 60 }));
    }

    public Task InitializeAsync() => _trigger.CreateAsync();

    public Task DisposeAsync() => _trigger.DeleteAsync();

    [Fact]
    public async Task Run_EndsWell_HasHeldItBrieflyAndDeletesIt()
    {
        var message = await TakeAsync();
        await _lease.RunAsync(_name, message.MessageId, message.PopReceipt, () => _requests.UntilAsync("PUT 60"));
        Assert.Equal(["PUT 60", "DELETE"], _requests.Seen);
        Assert.Equal(0, (await _trigger.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        // As the host does next.
        Assert.Equal(404, (await Assert.ThrowsAsync<RequestFailedException>(() => _trigger.DeleteMessageAsync(message.MessageId, message.PopReceipt))).Status);
    }

    [Fact]
    public async Task Run_Fails_HasItComeAgainSoon()
    {
        var message = await TakeAsync();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => _lease.RunAsync(_name, message.MessageId, message.PopReceipt, () => throw new InvalidTimeZoneException()));
        Assert.Equal(["PUT 60", "PUT 5"], _requests.Seen);
        Assert.Equal(1, (await _trigger.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task Run_TakesLong_RenewsIt()
    {
        var message = await TakeAsync();
        await _lease.RunAsync(_name, message.MessageId, message.PopReceipt, async () =>
        {
            await _requests.UntilAsync("PUT 60");
            for (var renewal = 2; renewal <= 3; renewal++)
            {
                var seen = _requests.UntilAsync("PUT 60", renewal);
                while (!seen.IsCompleted)
                {
                    // The wait for it may not have begun.
                    _time.Advance(TimeSpan.FromSeconds(30));
                    await Task.WhenAny(seen, Task.Delay(10));
                }
            }
        });
        Assert.Equal("DELETE", _requests.Seen.Last());
        Assert.Equal(0, (await _trigger.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    /// <summary>The trigger's own time was over, and another instance has it: whatever comes of the message is that one's to say.</summary>
    [Fact]
    public async Task Run_OfAMessageThatAnotherHas_LeavesItAlone()
    {
        var message = await TakeAsync();
        await _trigger.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.FromMinutes(10));
        var ran = false;
        await _lease.RunAsync(_name, message.MessageId, message.PopReceipt, async () =>
        {
            await _requests.UntilAsync("PUT 60");
            ran = true;
        });
        Assert.True(ran);
        Assert.Equal(["PUT 60"], _requests.Seen);
        Assert.Equal(1, (await _trigger.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    private async Task<QueueMessage> TakeAsync()
    {
        await _trigger.SendMessageAsync("message");
        return (await _trigger.ReceiveMessagesAsync(1, TimeSpan.FromMinutes(10))).Value.Single();
    }

    /// <summary>Methods of requests that have been answered, with the seconds for which they hide a message.</summary>
    private sealed class Requests : HttpPipelinePolicy
    {
        private readonly ConcurrentQueue<string> _seen = new();
        private readonly SemaphoreSlim _more = new(0);

        public string[] Seen => [.. _seen];

        public async Task UntilAsync(string request, int times = 1)
        {
            while (_seen.Count(one => one == request) < times) await _more.WaitAsync();
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            var seconds = message.Request.Uri.Query.Split('&', '?').FirstOrDefault(part => part.StartsWith("visibilitytimeout=", StringComparison.Ordinal))?.Split('=')[1];
            _seen.Enqueue(seconds is null ? message.Request.Method.Method : $"{message.Request.Method} {seconds}");
            _more.Release();
        }
    }
}

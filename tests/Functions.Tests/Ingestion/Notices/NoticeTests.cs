using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using Microsoft.DurableTask;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Notices;
using Serverless.Functions.Secrets;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Notices;

/// <summary>Who asked to be told is told of each document's end and of a collection's rest, signed, and of nothing else.</summary>
[Collection(AzureCollection.Name)]
public sealed class NoticeTests(AzureServices azure) : IAsyncLifetime
{
    private static readonly Caller Operator = new("operator", ["*"], IsOperator: true);

    private IngestionHarness _app = null!;
    private WebhookReceiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await WebhookReceiver.StartAsync();
        _app = new(azure, new() { ["Gateway:AllowedHosts"] = $"{_receiver.Url.Host}:{_receiver.Url.Port}" });
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    /// <summary>The example of the Standard Webhooks specification's own libraries.</summary>
    [Fact]
    public void Sign_TheSpecificationsExample_GivesItsSignature()
    {
        var headers = WebhookSignature.Headers(
            new SecretText("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), """{"test": 2432232314}"""u8);
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", headers.Single(header => header.Key == "webhook-signature").Value);
    }

    [Fact]
    public async Task Webhook_DocumentsReadyFailedDeleted_AreToldSignedAndWithoutContent()
    {
        var secret = await ConfigureAsync();
        await _app.IngestAsync("a.txt", "A canary sings.");
        await _app.SendAsync(await _app.PutBlobAsync("bad.txt", new BinaryData(new byte[] { 0x41, 0x00, 0xFF })));
        await _app.Durable.RunAsync();
        await _app.SendAsync(await _app.DeleteBlobAsync("a.txt"));
        await _app.Durable.RunAsync();
        await TellAsync();

        Assert.Equal(
            [(Notice.Ready, "a.txt"), (Notice.Failed, "bad.txt"), (Notice.Deleted, "a.txt"), (Notice.Idle, null)],
            _receiver.Bodies.Select(body => (body.GetProperty("type").GetString()!, body.GetProperty("data").TryGetProperty("document", out var document) ? document.GetString() : null)));
        Assert.Equal(1, _receiver.Bodies.First().GetProperty("data").GetProperty("chunks").GetInt32());
        Assert.All(_receiver.Received, item => Assert.DoesNotContain("canary", Encoding.UTF8.GetString(item.Body), StringComparison.Ordinal));
        Assert.All(_receiver.Received, item => Assert.Equal(Signature(secret, item.Headers["webhook-id"], item.Headers["webhook-timestamp"], item.Body), item.Headers["webhook-signature"]));
        Assert.Equal(4, _receiver.Received.Select(item => item.Headers["webhook-id"]).Distinct().Count());
    }

    [Fact]
    public async Task Webhook_ThatRefusesAtFirst_IsToldAgainUnderTheSameId()
    {
        await ConfigureAsync();
        _receiver.Statuses.Enqueue(503);
        _receiver.Statuses.Enqueue(302);
        await _app.IngestAsync("a.txt", "One.");
        await TellAsync();
        Assert.Equal([Notice.Ready, Notice.Ready, Notice.Ready, Notice.Idle], _receiver.Bodies.Select(body => body.GetProperty("type").GetString()));
        Assert.Single(_receiver.Received.Take(3).Select(item => item.Headers["webhook-id"]).Distinct());
    }

    [Fact]
    public async Task Webhook_Gone_IsNotToldAgain()
    {
        await ConfigureAsync();
        _receiver.Statuses.Enqueue(410);
        await _app.IngestAsync("a.txt", "One.");
        await TellAsync();
        Assert.Equal([Notice.Ready, Notice.Idle], _receiver.Bodies.Select(body => body.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task Message_DeliveredTwice_IsToldOnce()
    {
        await ConfigureAsync();
        await _app.IngestAsync("a.txt", "One.");
        var message = Assert.Single(await TakeAsync());
        var durable = Durable();
        foreach (var again in (string[])[message, message]) await _app.Get<NoticeFunctions>().ReceiveAsync(again, durable, default);
        await durable.RunAsync();
        await _app.Get<NoticeFunctions>().ReceiveAsync(message, durable, default);
        await durable.RunAsync();
        Assert.Single(_receiver.Bodies, body => body.GetProperty("type").GetString() == Notice.Ready);
    }

    [Fact]
    public async Task Idle_WhileADocumentIsUnderWay_IsNotSaid()
    {
        await ConfigureAsync();
        await _app.SendAsync(await _app.PutBlobAsync("slow.txt", "Under way."));
        Assert.Null(await _app.Get<NoticeActivities>().IdleAsync(new IdleWork(_app.Collection), default));
        await _app.Durable.RunAsync();
        await TakeAsync();
        var told = await _app.Get<NoticeActivities>().IdleAsync(new IdleWork(_app.Collection), default);
        Assert.NotNull(told);
        Assert.Single(await TakeAsync());
        Assert.Equal(told, await _app.Get<NoticeActivities>().IdleAsync(new IdleWork(_app.Collection, ToldAt: told), default));
        Assert.Empty(await TakeAsync());
    }

    [Fact]
    public async Task Collection_WithoutAWebhook_TellsNobody()
    {
        await _app.IngestAsync("a.txt", "One.");
        Assert.Empty(await TakeAsync());
    }

    [Theory]
    [InlineData("""{"url": "http://127.0.0.1:1/"}""", "webhook.url")]
    [InlineData("""{"url": "http://169.254.169.254/metadata"}""", "webhook.url")]
    [InlineData("""{"url": "https://user@example.com/"}""", "webhook.url")]
    [InlineData("""{"url": "ftp://example.com/"}""", "webhook.url")]
    [InlineData("""{"url": "nonsense"}""", "webhook.url")]
    [InlineData("""{"secret": "whsec_AAAA"}""", "webhook.url")]
    [InlineData("""{"url": "$", "secret": "whsec_AAAA"}""", "webhook.secret")]
    [InlineData("""{"url": "$", "secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}""", "webhook.secret")]
    [InlineData("""{"url": "$", "key": "x"}""", "webhook.key")]
    public async Task Configure_WrongField_IsNamed(string webhook, string field)
    {
        var refused = await Assert.ThrowsAsync<GatewayException>(() => PutAsync(webhook.Replace("$", _receiver.Url.AbsoluteUri, StringComparison.Ordinal)));
        Assert.Equal((400, field), (refused.Status, refused.Error.Param));
    }

    [Fact]
    public async Task Configure_Secret_IsShownOnceAndKept()
    {
        var made = (await PutAsync($$"""{"url": "{{_receiver.Url}}"}""")).GetProperty("webhook").GetProperty("secret").GetString();
        Assert.Null(WebhookSignature.WhyNot(made!));
        Assert.False((await PutAsync($$"""{"url": "{{_receiver.Url}}"}""")).GetProperty("webhook").TryGetProperty("secret", out _));
        var shown = await GetAsync(Operator);
        Assert.False(shown.GetProperty("webhook").TryGetProperty("secret", out _));
        Assert.False((await GetAsync(new Caller("reader", [], IsOperator: false))).TryGetProperty("webhook", out _));
        await _app.IngestAsync("a.txt", "One.");
        await TellAsync();
        var (headers, body) = _receiver.Received.First();
        Assert.Equal(Signature(made!, headers["webhook-id"], headers["webhook-timestamp"], body), headers["webhook-signature"]);
    }

    [Fact]
    public void Event_OfANotice_IsACloudEvent()
    {
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var sent = EventGridSender.EventOf(new Notice("msg_1", Notice.Ready, "c", "a/b.txt", at, 3, 10));
        Assert.Equal(
            ("/serverless/collections/c", "Serverless.document.ready", "c/a/b.txt", "msg_1", at), (sent.Source, sent.Type, sent.Subject, sent.Id, sent.Time));
        Assert.Equal(3, JsonDocument.Parse(sent.Data!.ToString()).RootElement.GetProperty("chunks").GetInt32());
    }

    private static string Signature(string secret, string id, string timestamp, byte[] body)
    {
        Assert.True(long.Parse(timestamp, CultureInfo.InvariantCulture) > 1_700_000_000);
        byte[] text = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), text));
    }

    private async Task<string> ConfigureAsync() => (await PutAsync($$"""{"url": "{{_receiver.Url}}"}""")).GetProperty("webhook").GetProperty("secret").GetString()!;

    private async Task<JsonElement> PutAsync(string webhook)
    {
        var request = DocumentFunctionsTests.RequestTo(_app, Operator, null);
        request.Body = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"embeddings_route": "{{_app.Route}}", "webhook": {{webhook}}}"""));
        return JsonDocument.Parse(await DocumentFunctionsTests.ExecuteAsync(request, await _app.Get<CollectionFunctions>().PutAsync(request, default))).RootElement;
    }

    private async Task<JsonElement> GetAsync(Caller caller)
    {
        var request = DocumentFunctionsTests.RequestTo(_app, caller, null);
        return JsonDocument.Parse(await DocumentFunctionsTests.ExecuteAsync(request, await _app.Get<CollectionFunctions>().GetAsync(request, default))).RootElement;
    }

    private InMemoryDurable Durable() => new(
        _app.Get<NoticeActivities>(), context => context.InstanceId.StartsWith("idle-", StringComparison.Ordinal) ? IdleOrchestrator.RunAsync(context) : NoticeOrchestrator.RunAsync(context));

    private async Task<List<string>> TakeAsync()
    {
        var queue = _app.Get<QueueServiceClient>().GetQueueClient(NoticeQueue.QueueName);
        await queue.CreateIfNotExistsAsync();
        var messages = new List<string>();
        while ((await queue.ReceiveMessagesAsync(32)).Value is { Length: > 0 } received)
        {
            foreach (var message in received)
            {
                if (message.Body.ToString().Contains(_app.Collection, StringComparison.Ordinal)) messages.Add(message.Body.ToString());
                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }
        }

        return messages;
    }

    private async Task TellAsync()
    {
        var durable = Durable();
        while (await TakeAsync() is { Count: > 0 } messages)
        {
            foreach (var message in messages) await _app.Get<NoticeFunctions>().ReceiveAsync(message, durable, default);
            await durable.RunAsync();
        }
    }
}

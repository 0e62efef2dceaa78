using System.Net;
using Azure.Core;
using Azure.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts.SignalR;
using Serverless.Functions.Clients;
using Serverless.Functions.Streaming;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Streaming;

[Collection("gateway")]
public sealed class StreamFunctionsTests(AzuriteFixture azurite)
{
    private static readonly object[] Hello = [new { role = "user", content = "Hello" }];
    private readonly RecordingSignalR _signalR = new();

    [Fact]
    public async Task Start_Chat_PushesTheAnswerAndKeepsTheConnectionFromTheProvider()
    {
        await using var host = await StartAsync();
        var answer = await host.PostAsync("/gateway/chat/streams", new { messages = Hello, max_tokens = 5, connectionId = "c-1" });
        Assert.Equal(202, answer.Status);
        var text = "";
        RecordingSignalR.Message message;
        while ((message = await _signalR.NextAsync()).Target == "token")
        {
            Assert.Equal("/api/hubs/answers/connections/c-1/:send", message.Path);
            text += message.Text;
        }

        Assert.Equal(("done", "Hello there!"), (message.Target, text));
        Assert.Equal(answer.Json.GetProperty("streamId").GetString(), message.Argument.GetProperty("streamId").GetString());
        var sent = host.Provider.Single("/v1/chat/completions").Json;
        Assert.Equal(5, sent.GetProperty("max_tokens").GetInt32());
        Assert.False(sent.TryGetProperty("connectionId", out _));
        Assert.DoesNotContain("c-1", sent.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "thought:Hm, so,token:Hello,done")]
    [InlineData(false, "token:Hello,done")]
    public async Task Start_AskedForThoughts_TellsThemInTheirOrder(bool asks, string expected)
    {
        await using var host = await StartAsync();
        host.Provider.On("/v1/chat/completions", http => http.Response.WriteAsync("""
            data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm,"}}]}

            data: {"choices":[{"index":0,"delta":{"reasoning_content":" so"}}]}

            data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":"stop"}]}

            data: [DONE]


            """));
        Assert.Equal(202, (await host.PostAsync("/gateway/chat/streams", new { messages = Hello, thoughts = asks })).Status);
        var told = new List<(string Target, string Text)>();
        var seq = 0;
        while (told.Count == 0 || told[^1].Target != "done")
        {
            var message = await _signalR.NextAsync();
            Assert.Equal(seq++, message.Argument.GetProperty("seq").GetInt32());
            var text = message.Argument.TryGetProperty("text", out var piece) ? piece.GetString()! : "";
            // How many messages pieces go in is a matter of time.
            if (told.Count > 0 && told[^1].Target == message.Target) told[^1] = (message.Target, told[^1].Text + text);
            else told.Add((message.Target, text));
        }

        Assert.Equal(expected, string.Join(',', told.Select(m => m.Target == "done" ? m.Target : $"{m.Target}:{m.Text}")));
        Assert.Equal((400, "thoughts"), (await host.PostAsync("/gateway/chat/streams", new { messages = Hello, thoughts = "yes" })) is var wrong ? (wrong.Status, wrong.Param) : default);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"connectionId":7}""", 400, "connectionId")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"connectionId":""}""", 400, "connectionId")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"connectionId":["c"]}""", 400, "connectionId")]
    [InlineData("""{"messages":[],"connectionId":"c"}""", 400, "messages")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"max_tokens":-1}""", 400, "max_tokens")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"temperature":3}""", 400, "temperature")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"top_p":1.5}""", 400, "top_p")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"stop":[""]}""", 400, "stop[0]")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"audio":{"voice":"alloy"}}""", 400, "audio")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"model":"m","connectionId":"c"}""", 422, "model")]
    public async Task Start_WrongBody_IsRefusedBeforeAnythingStarts(string body, int status, string param)
    {
        await using var host = await StartAsync();
        var answer = await host.PostAsync("/gateway/chat/streams", body);
        Assert.Equal((status, param), (answer.Status, answer.Param));
        var tooLong = await host.PostAsync("/gateway/chat/streams", new { messages = Hello, connectionId = new string('c', 129) });
        Assert.Equal((400, "connectionId"), (tooLong.Status, tooLong.Param));
        Assert.Equal(404, (await host.PostAsync("/gateway/none/streams", new { messages = Hello })).Status);
        Assert.Equal(0, host.Services.GetRequiredService<AnswerStreams>().Count);
        Assert.Empty(host.Provider.Requests);
    }

    [Fact]
    public async Task Stop_OfAStream_IsAcceptedHereAndLeftForOtherInstances()
    {
        await using var host = await StartAsync();
        host.Provider.On("/v1/chat/completions", async http =>
        {
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "Hel", null));
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        var started = await host.PostAsync("/gateway/chat/streams", new { messages = Hello });
        Assert.Equal("Hel", (await _signalR.NextAsync()).Text);
        var stopped = await host.SendAsync(HttpMethod.Delete, $"/gateway/streams/{started.Json.GetProperty("streamId").GetString()}");
        Assert.Equal(202, stopped.Status);
        Assert.Equal("stream_stopped", (await _signalR.NextAsync()).Code);

        // One that another instance runs, and that this one knows by nothing but its name.
        var caller = new Caller("anonymous", [], IsOperator: true);
        var elsewhere = await host.Services.GetRequiredService<StreamIds>().NewAsync(caller, CancellationToken.None);
        Assert.Equal(202, (await host.SendAsync(HttpMethod.Delete, $"/gateway/streams/{elsewhere}")).Status);
        Assert.True(await host.Services.GetRequiredService<StreamCancellations>().IsRequestedAsync(elsewhere, caller, CancellationToken.None));
        var unknown = await host.SendAsync(HttpMethod.Delete, "/gateway/streams/no-id");
        Assert.Equal((404, "stream_not_found"), (unknown.Status, unknown.Code));
    }

    [Fact]
    public async Task Resume_OfAStream_IsTheOwnersAloneAndLeftForOtherInstances()
    {
        _signalR.Connections = new() { ["mine"] = "anonymous", ["theirs"] = "0123456789abcdef" };
        await using var host = await StartAsync();
        var started = await host.PostAsync("/gateway/chat/streams", new { messages = Hello });
        var id = started.Json.GetProperty("streamId").GetString();
        var all = new List<string>();
        do all.Add((await _signalR.NextAsync()).Target);
        while (all[^1] != "done");
        var resumed = await host.PostAsync($"/gateway/streams/{id}/resume", new { next = all.Count - 1, connectionId = "mine" });
        Assert.Equal((202, true), (resumed.Status, resumed.Json.GetProperty("resumed").GetBoolean()));
        var last = await _signalR.NextAsync();
        Assert.Equal(("/api/hubs/answers/connections/mine/:send", "done", all.Count - 1), (last.Path, last.Target, last.Seq));

        foreach (var (body, status, param) in ((string, int, string)[])[("{}", 400, "next"), ("""{"next":-1}""", 400, "next"), ("""{"next":1.5}""", 400, "next"), ("""{"next":"0"}""", 400, "next"), ($$"""{"next":{{all.Count + 1}}}""", 400, "next"), ("""{"next":0,"connectionId":7}""", 400, "connectionId"), ("""{"next":0,"connectionId":"theirs"}""", 404, "connectionId")])
        {
            var refused = await host.PostAsync($"/gateway/streams/{id}/resume", body);
            Assert.Equal((status, param), (refused.Status, refused.Param));
        }

        var ids = host.Services.GetRequiredService<StreamIds>();
        var others = await ids.NewAsync(new Caller("another", [], IsOperator: false), default);
        Assert.Equal((404, "stream_not_found"), (await host.PostAsync($"/gateway/streams/{others}/resume", new { next = 0 })) is var unknown ? (unknown.Status, unknown.Code) : default);
        var caller = new Caller("anonymous", [], IsOperator: true);
        var elsewhere = await ids.NewAsync(caller, default);
        var left = await host.PostAsync($"/gateway/streams/{elsewhere}/resume", new { next = 7, connectionId = "mine" });
        Assert.Equal((202, false), (left.Status, left.Json.GetProperty("resumed").GetBoolean()));
        var resumptions = host.Services.GetRequiredService<StreamResumptions>();
        Assert.Equal(new StreamResumption(7, "mine"), await resumptions.TakeAsync(elsewhere, caller, default));
        Assert.Null(await resumptions.TakeAsync(elsewhere, caller, default));
        Assert.Equal(0, _signalR.Unread);
    }

    [Fact]
    public async Task Stop_OfAStreamThatNobodyStarted_Is404AndWritesNothing()
    {
        var time = new MovedClock(DateTimeOffset.UtcNow);
        await using var host = await GatewayHost.StartAsync(azurite, services: s => s.AddSingleton(_signalR.Client(TimeProvider.System)).AddSingleton<TimeProvider>(time));
        var ids = host.Services.GetRequiredService<StreamIds>();
        var others = await ids.NewAsync(new Caller("another", [], IsOperator: false), default);
        var own = await ids.NewAsync(new Caller("anonymous", [], IsOperator: true), default);
        var forged = own[..^1] + (own[^1] == '0' ? '1' : '0');
        var later = Convert.ToHexStringLower(BitConverter.GetBytes(uint.MaxValue)) + own[8..];
        foreach (var id in (string[])[Guid.NewGuid().ToString("N"), others, forged, later, own.ToUpperInvariant(), own + "0", "no-id"])
        {
            var answer = await host.SendAsync(HttpMethod.Delete, $"/gateway/streams/{id}");
            Assert.Equal((404, "stream_not_found"), (answer.Status, answer.Code));
        }

        time.Advance(StreamIds.Longest + TimeSpan.FromSeconds(1));
        Assert.Equal(404, (await host.SendAsync(HttpMethod.Delete, $"/gateway/streams/{own}")).Status);
        var pipeline = new Azure.Storage.Blobs.BlobServiceClient(host.Storage).GetBlobContainerClient("pipeline");
        Assert.False(await pipeline.ExistsAsync() && pipeline.GetBlobs(new Azure.Storage.Blobs.Models.GetBlobsOptions { Prefix = "cancelled-streams/" }).Any());
    }

    [Fact]
    public async Task StreamIds_OfTwoInstances_AreGoodForBoth()
    {
        await using var host = await StartAsync();
        await using var other = await GatewayHost.StartAsync(azurite, services: s => s.AddSingleton(_signalR.Client(TimeProvider.System)), sharing: host);
        var caller = new Caller("anonymous", [], IsOperator: true);
        var both = await Task.WhenAll(host.Services.GetRequiredService<StreamIds>().NewAsync(caller, default).AsTask(), other.Services.GetRequiredService<StreamIds>().NewAsync(caller, default).AsTask());
        foreach (var id in both)
        {
            Assert.True(await host.Services.GetRequiredService<StreamIds>().IsOfAsync(id, caller, default));
            Assert.True(await other.Services.GetRequiredService<StreamIds>().IsOfAsync(id, caller, default));
        }
    }

    [Fact]
    public async Task Start_ToAConnectionOfAnotherOrOfNobody_IsRefusedAndSendsNothing()
    {
        _signalR.Connections = new() { ["mine"] = "anonymous", ["theirs"] = "0123456789abcdef" };
        await using var host = await StartAsync();
        foreach (var connection in (string[])["theirs", "nobodys", "../users/x"])
        {
            var refused = await host.PostAsync("/gateway/chat/streams", new { messages = Hello, connectionId = connection });
            Assert.Equal((404, "connection_not_found", "connectionId"), (refused.Status, refused.Code, refused.Param));
        }

        Assert.Empty(host.Provider.Requests);
        Assert.Equal(0, _signalR.Unread);
        Assert.Equal(202, (await host.PostAsync("/gateway/chat/streams", new { messages = Hello, connectionId = "mine" })).Status);
        Assert.Equal("/api/hubs/answers/connections/mine/:send", (await _signalR.NextAsync()).Path);
        Assert.Empty(_signalR.Groups);
    }

    [Fact]
    public async Task Start_WhereSignalRDoesNotSayWhoseAConnectionIs_Is503()
    {
        _signalR.Connections = null;
        _signalR.Answer = () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        await using var host = await StartAsync();
        var answer = await host.PostAsync("/gateway/chat/streams", new { messages = Hello, connectionId = "c-1" });
        Assert.Equal((503, "signalr_unavailable"), (answer.Status, answer.Code));
        Assert.Empty(host.Provider.Requests);
    }

    [Fact]
    public async Task Negotiate_WithKey_GivesAddressAndToken()
    {
        await using var host = await StartAsync();
        var answer = await host.PostAsync("/signalr/negotiate", "");
        Assert.Equal((200, "https://x.service.signalr.net/client/?hub=answers"), (answer.Status, answer.Json.GetProperty("url").GetString()));
        Assert.NotEmpty(answer.Json.GetProperty("accessToken").GetString()!);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, null)]
    [InlineData(HttpStatusCode.TooManyRequests, null)]
    [InlineData(HttpStatusCode.OK, "{}")]
    [InlineData(HttpStatusCode.OK, "<html>")]
    [InlineData(HttpStatusCode.OK, """{"token":7}""")]
    public async Task Negotiate_WithAnIdentityThatTheServiceDoesNotServe_Is503(HttpStatusCode status, string? body)
    {
        _signalR.Answer = () => new HttpResponseMessage(status) { Content = body is null ? null : new StringContent(body, null, "application/json") };
        await using var host = await StartAsync(new Identity(exists: true));
        var answer = await host.PostAsync("/signalr/negotiate", "");
        Assert.Equal((503, "signalr_unavailable"), (answer.Status, answer.Code));
        Assert.True(answer.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public async Task Negotiate_WithoutAnIdentity_Is503()
    {
        await using var host = await StartAsync(new Identity(exists: false));
        Assert.Equal("signalr_unavailable", (await host.PostAsync("/signalr/negotiate", "")).Code);
    }

    private async Task<GatewayHost> StartAsync(TokenCredential? credential = null)
    {
        var host = await GatewayHost.StartAsync(azurite, services: s => s.AddSingleton(_signalR.Client(TimeProvider.System, credential)));
        await host.CreateRouteAsync("chat");
        return host;
    }

    private sealed class Identity(bool exists) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            exists ? new AccessToken("token", DateTimeOffset.MaxValue) : throw new CredentialUnavailableException("There is none.");

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}

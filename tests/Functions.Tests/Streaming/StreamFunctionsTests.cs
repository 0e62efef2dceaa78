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
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"connectionId":7}""", 400, "connectionId")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"connectionId":""}""", 400, "connectionId")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"connectionId":["c"]}""", 400, "connectionId")]
    [InlineData("""{"messages":[],"connectionId":"c"}""", 400, "messages")]
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

        var elsewhere = Guid.NewGuid().ToString("N");
        Assert.Equal(202, (await host.SendAsync(HttpMethod.Delete, $"/gateway/streams/{elsewhere}")).Status);
        Assert.True(await host.Services.GetRequiredService<StreamCancellations>().IsRequestedAsync(elsewhere, new Caller("anonymous", [], IsOperator: true), CancellationToken.None));
        var unknown = await host.SendAsync(HttpMethod.Delete, "/gateway/streams/no-id");
        Assert.Equal((404, "stream_not_found"), (unknown.Status, unknown.Code));
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

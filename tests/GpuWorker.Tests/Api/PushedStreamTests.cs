using System.Net;
using System.Net.Http.Headers;
using Azure.Core;
using Microsoft.Extensions.DependencyInjection;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class PushedStreamTests : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private const string FirstKey = "0123456789abcdef";
    private static readonly object[] Messages = [new { role = "user", content = "Why?" }];

    private SignalRDouble _signalR = null!;
    private WorkerUnderTest _worker = null!;

    public async Task InitializeAsync()
    {
        _signalR = await SignalRDouble.StartAsync();
        _worker = await WorkerUnderTest.StartAsync(new WorkerOptions { SignalR = _signalR.ConnectionString, MaxStreams = 2, ApiKeys = [FirstKey, "fedcba9876543210"] });
        Authorise(FirstKey);
    }

    public async Task DisposeAsync()
    {
        await _worker.DisposeAsync();
        await _signalR.DisposeAsync();
    }

    [Fact]
    public async Task StreamTo_User_GetsTokensThenDone()
    {
        var id = await StartAsync(new { messages = Messages, stream_to = new { hub = "answers", user = "a/b ü", stream_id = "s-1" } });
        Assert.Equal("s-1", id);
        var messages = await _signalR.WholeAsync(id);

        Assert.All(messages, m => Assert.Equal("/api/hubs/answers/users/a%2Fb%20%C3%BC/:send", m.Path));
        Assert.Equal(Enumerable.Range(0, messages.Count).Select(seq => (long)seq), messages.Select(m => m.Argument.GetProperty("seq").GetInt64()));
        Assert.Equal("Water it less.", string.Concat(messages.Where(m => m.Target == "token").Select(m => m.Argument.GetProperty("text").GetString())));
        var done = messages[^1].Argument;
        Assert.Equal("stop", done.GetProperty("finishReason").GetString());
        Assert.Equal((20, 15), (done.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), done.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
        await WorkerUnderTest.UntilAsync(() => _worker.State.InFlight == 0, "the stream to leave");
    }

    [Fact]
    public async Task StreamTo_Completion_WorksAlike()
    {
        var id = await StartAsync(new { prompt = "x", max_tokens = 5, stream_to = new { hub = "answers", user = "u" } }, "/v1/completions");
        var messages = await _signalR.WholeAsync(id);
        Assert.Equal("Water", string.Concat(messages.SkipLast(1).Select(m => m.Argument.GetProperty("text").GetString())));
        Assert.Equal("length", messages[^1].Argument.GetProperty("finishReason").GetString());
    }

    [Fact]
    public async Task StreamTo_SlowService_HindersNobodyAndGetsLargerMessages()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _signalR.BeforeMessage = () => gate.Task;
        var made = 0;
        _worker.Engine.Answer = _ => new string('x', 50) + "end";
        _worker.Engine.BeforeToken = (position, _) =>
        {
            Interlocked.Exchange(ref made, position);
            return Task.CompletedTask;
        };
        var id = await StartAsync(new { messages = Messages, stream_to = new { hub = "answers", user = "u" } });
        await WorkerUnderTest.UntilAsync(() => Volatile.Read(ref made) == 53 && _worker.Engine.Running == 0, "the engine to be done with it");
        await _worker.PostJsonAsync(Chat, new { messages = Messages, max_tokens = 5 });
        gate.SetResult();

        var messages = await _signalR.WholeAsync(id);
        Assert.InRange(messages.Count, 2, 4);
        Assert.Equal(1, _signalR.MostInFlight);
        Assert.EndsWith("end", string.Concat(messages.SkipLast(1).Select(m => m.Argument.GetProperty("text").GetString())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamTo_EngineFailsMidway_EndsWithError()
    {
        _worker.Engine.BeforeToken = (position, _) => position == 3 ? throw new EngineFailedException("broken") : Task.CompletedTask;
        // The first tokens come at once, and so may the failure: it is a status then.
        using var response = await _worker.PostAsync(Chat, new { messages = Messages, stream_to = new { hub = "answers", user = "u", stream_id = "f" } });
        if (response.StatusCode == HttpStatusCode.Accepted)
            Assert.Equal("engine_failed", (await _signalR.WholeAsync("f"))[^1].Argument.GetProperty("error").GetProperty("code").GetString());
        else
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task StreamTo_EngineOverloaded_Is429AndNothingIsSent()
    {
        _worker.Engine.BeforeToken = (_, _) => throw new EngineOverloadedException("full", TimeSpan.FromSeconds(3));
        using var response = await _worker.PostAsync(Chat, new { messages = Messages, stream_to = new { hub = "answers", user = "u" } });
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Empty(_signalR.Messages);
        await WorkerUnderTest.UntilAsync(() => _worker.State.InFlight == 0, "the request to leave");
    }

    [Fact]
    public async Task Stop_OwnStream_FreesTheEngineAndTellsTheUser()
    {
        Hang();
        var id = await StartAsync(new { messages = Messages, stream_to = new { hub = "answers", user = "u" } });
        Authorise("fedcba9876543210");
        Assert.Equal(HttpStatusCode.NotFound, await StopAsync(id));
        Authorise(FirstKey);
        Assert.Equal(HttpStatusCode.NotFound, await StopAsync("unknown"));
        Assert.Equal(1, _worker.Engine.Running);

        Assert.Equal(HttpStatusCode.Accepted, await StopAsync(id));
        await WorkerUnderTest.UntilAsync(() => _worker.Engine.Running == 0, "the engine to be free");
        var last = (await _signalR.WholeAsync(id))[^1];
        Assert.Equal(("error", "stream_stopped"), (last.Target, last.Argument.GetProperty("error").GetProperty("code").GetString()));
        await WorkerUnderTest.UntilAsync(() => _worker.State.InFlight == 0, "the stream to leave");
        Assert.Equal(HttpStatusCode.NotFound, await StopAsync(id));
    }

    [Fact]
    public async Task StreamTo_BeyondTheLimitOrTwice_IsRefused()
    {
        Hang();
        var target = new { hub = "answers", user = "u", stream_id = "one" };
        await StartAsync(new { messages = Messages, stream_to = target });
        await _worker.RefusedAsync(Chat, new { messages = Messages, stream_to = target }, "stream_to.stream_id", "stream_exists", HttpStatusCode.Conflict);
        await StartAsync(new { messages = Messages, stream_to = new { hub = "answers", user = "u" } });
        await _worker.RefusedAsync(Chat, new { messages = Messages, stream_to = new { hub = "answers", user = "u" } }, "stream_to", "too_many_streams", HttpStatusCode.TooManyRequests);
        Assert.Equal(2, _worker.State.InFlight);
    }

    [Fact]
    public async Task Drain_RunningStream_IsWaitedFor()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _worker.Engine.BeforeToken = (position, _) => position == 5 ? go.Task : Task.CompletedTask;
        var id = await StartAsync(new { messages = Messages, stream_to = new { hub = "answers", user = "u" } });
        var stopping = _worker.App.StopAsync();
        await WorkerUnderTest.UntilAsync(() => _worker.State.Phase == Serverless.GpuWorker.Api.ServingPhase.Draining, "the drain");
        Assert.False(stopping.IsCompleted);
        go.SetResult();
        await stopping;
        Assert.Equal("done", (await _signalR.WholeAsync(id))[^1].Target);
    }

    [Theory]
    [InlineData("""{"stream_to":{"user":"u"}}""", "stream_to.hub")]
    [InlineData("""{"stream_to":{"hub":"1a","user":"u"}}""", "stream_to.hub")]
    [InlineData("""{"stream_to":{"hub":"a/b","user":"u"}}""", "stream_to.hub")]
    [InlineData("""{"stream_to":{"hub":"a"}}""", "stream_to.user")]
    [InlineData("""{"stream_to":{"hub":"a","user":"a\nb"}}""", "stream_to.user")]
    [InlineData("""{"stream_to":{"hub":"a","user":5}}""", "stream_to.user")]
    [InlineData("""{"stream_to":{"hub":"a","user":"u","stream_id":"../x"}}""", "stream_to.stream_id")]
    [InlineData("""{"stream_to":{"hub":"a","user":"u"},"n":2}""", "n")]
    [InlineData("""{"stream_to":{"hub":"a","user":"u"},"logprobs":true}""", "logprobs")]
    [InlineData("""{"stream_to":{"hub":"a","user":"u"},"return_token_ids":true}""", "return_token_ids")]
    [InlineData("""{"stream_to":{"hub":"a","user":"u"},"prompt_logprobs":1}""", "prompt_logprobs")]
    public async Task StreamTo_Bad_NamesTheField(string fields, string param)
    {
        await _worker.RefusedAsync(Chat, $$"""{"messages":[{"role":"user","content":"a"}],{{fields[1..]}}""", param);
        Assert.Empty(_worker.Engine.Requests);
    }

    [Fact]
    public async Task StreamTo_NoConnectionString_NamesTheSetting()
    {
        await using var bare = await WorkerUnderTest.StartAsync();
        var error = await bare.RefusedAsync(Chat, new { messages = Messages, stream_to = new { hub = "answers", user = "u" } }, "stream_to", "unsupported_parameter");
        Assert.Contains("Worker:SignalR", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamTo_ManagedIdentity_SignsInWithItsToken()
    {
        await using var worker = await WorkerUnderTest.StartAsync(
            new WorkerOptions { SignalR = $"Endpoint={_signalR.Endpoint};AuthType=azure.msi;Version=1.0;" }, services: services => services.AddSingleton<TokenCredential>(new Identity()));
        var started = await worker.PostJsonAsync(Chat, new { messages = Messages, stream_to = new { hub = "answers", user = "u" } }, HttpStatusCode.Accepted);
        Assert.Equal("done", (await _signalR.WholeAsync(started.GetProperty("streamId").GetString()!))[^1].Target);
        Assert.Equal(["Bearer of-the-identity"], _signalR.Authorizations.Distinct());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("Endpoint=https://a.service.signalr.net;AuthType=none;Version=1.0;")]
    [InlineData("Endpoint=https://a.service.signalr.net;AccessKey=short;Version=1.0;")]
    public void Options_BadConnectionString_NameTheSettingAndNotTheKey(string connection)
    {
        var error = Assert.Single(WorkerOptionsValidator.Validate(new WorkerOptions { Llama = Path.GetTempPath(), SignalR = connection }));
        Assert.Contains("Worker:SignalR", error, StringComparison.Ordinal);
        Assert.DoesNotContain("short", error, StringComparison.Ordinal);
    }

    private void Hang() =>
        _worker.Engine.BeforeToken = (position, cancellationToken) => position < 3 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellationToken);

    private void Authorise(string key) => _worker.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

    private async Task<string> StartAsync(object body, string path = Chat) => (await _worker.PostJsonAsync(path, body, HttpStatusCode.Accepted)).GetProperty("streamId").GetString()!;

    private async Task<HttpStatusCode> StopAsync(string id)
    {
        using var response = await _worker.Client.DeleteAsync($"/streams/{id}");
        return response.StatusCode;
    }

    private sealed class Identity : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Assert.Equal(["https://signalr.azure.com/.default"], requestContext.Scopes);
            return new AccessToken("of-the-identity", DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}

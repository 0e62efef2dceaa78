using System.Net;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.SignalR;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Streaming;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Streaming;

[Collection("gateway")]
public sealed class AnswerStreamsTests : IAsyncLifetime
{
    private static readonly Caller Owner = new("client 1", [], IsOperator: false);
    private static readonly Caller Other = new("client 2", [], IsOperator: false);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Keep = TimeSpan.FromSeconds(60);

    private readonly ManualTime _time = new();
    private readonly ScriptedGateway _gateway = new();
    private readonly RecordingSignalR _signalR = new();
    private readonly StreamCancellations _cancellations;
    private readonly StreamResumptions _resumptions;
    private readonly AnswerStreams _streams;

    public AnswerStreamsTests(AzuriteFixture azurite)
    {
        var storage = new BlobServiceClient(azurite.TakeAccount());
        _cancellations = new StreamCancellations(storage);
        _resumptions = new StreamResumptions(storage);
        _streams = Instance();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        var disposed = _streams.DisposeAsync().AsTask();
        _time.Advance(Drain);
        await disposed;
    }

    [Fact]
    public async Task Answer_ToItsEnd_IsTokensInOrderThenOneDone()
    {
        var id = Start();
        var answer = await _gateway.NextAsync();
        Assert.Same(Owner, answer.Request.Caller);
        answer.Say("Hel");
        var first = await _signalR.NextAsync();
        Assert.Equal(("/api/hubs/answers/connections/c%2F1/:send", "token", 0L, "Hel"), (first.Path, first.Target, first.Seq, first.Text));
        Assert.Equal(id, first.Argument.GetProperty("streamId").GetString());

        answer.Say("lo");
        answer.Say(" there");
        answer.Say(new AnswerCompleted("stop", new Usage(7, 3), [new Citation("a.md", "A", 1, 2, "x", 0.5)], "m"));
        var second = await _signalR.NextAsync();
        Assert.Equal(("token", 1L, "lo there"), (second.Target, second.Seq, second.Text));
        var done = await _signalR.NextAsync();
        Assert.Equal(
            $$"""{"streamId":"{{id}}","seq":2,"finishReason":"stop","usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10},"citations":[{"document":"a.md","heading":"A","start":1,"end":2,"text":"x","score":0.5}]}""",
            done.Argument.GetRawText());
        await answer.Left;
        await EndedAsync();
        Assert.Equal(0, _signalR.Unread);
    }

    [Fact]
    public async Task Start_WithoutConnection_TellsEveryConnectionOfTheCaller()
    {
        _streams.Start(Guid.NewGuid().ToString("N"), new AnswerRequest { Route = "r", Caller = Owner }, connectionId: null);
        (await _gateway.NextAsync()).Say("x");
        Assert.Equal("/api/hubs/answers/users/client%201/:send", (await _signalR.NextAsync()).Path);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gateway_Failing_EndsInAnErrorWithItsCode(bool afterTheFirstToken)
    {
        Start();
        var answer = await _gateway.NextAsync();
        if (afterTheFirstToken) answer.Say("Hel");
        answer.End(new GatewayException(502, new ErrorDetail("upstream_error", "It failed.", "upstream_error")));
        if (afterTheFirstToken) Assert.Equal("Hel", (await _signalR.NextAsync()).Text);
        var error = await _signalR.NextAsync();
        Assert.Equal(("error", "upstream_error", afterTheFirstToken ? 1 : 0), (error.Target, error.Code, error.Seq));
        await EndedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gateway_BreakingItsPromise_EndsInAnErrorThatSaysNothing(bool throws)
    {
        Start();
        var answer = await _gateway.NextAsync();
        answer.End(throws ? new InvalidOperationException("secret words") : null);
        var error = await _signalR.NextAsync();
        Assert.Equal("internal_error", error.Code);
        Assert.DoesNotContain("secret words", error.Argument.GetRawText(), StringComparison.Ordinal);
        await EndedAsync();
    }

    [Fact]
    public async Task Stop_ByTheOwnerOnly_EndsTheAnswerAndCancelsTheProvider()
    {
        var id = Start();
        var answer = await _gateway.NextAsync();
        answer.Say("Hel");
        Assert.Equal("Hel", (await _signalR.NextAsync()).Text);
        Assert.False(_streams.Stop(id, Other));
        Assert.False(_streams.Stop("unknown", Owner));
        Assert.False(answer.WasCancelled);

        Assert.True(_streams.Stop(id, Owner));
        Assert.Equal("stream_stopped", (await _signalR.NextAsync()).Code);
        await answer.Left;
        Assert.True(answer.WasCancelled);
        await EndedAsync();
        Assert.False(_streams.Stop(id, Owner));
    }

    [Fact]
    public async Task Stop_AtAnotherInstance_IsSeenAtTheNextCheck()
    {
        await using var elsewhere = Instance();
        var id = Start();
        var answer = await _gateway.NextAsync();
        Assert.False(elsewhere.Stop(id, Owner));
        await _cancellations.RequestAsync(id, Other, CancellationToken.None);
        Assert.False(await _cancellations.IsRequestedAsync(id, Owner, CancellationToken.None));

        await _cancellations.RequestAsync(id, Owner, CancellationToken.None);
        Assert.False(answer.WasCancelled);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("stream_stopped", (await _signalR.NextAsync()).Code);
        await answer.Left;
        Assert.True(answer.WasCancelled);
    }

    [Fact]
    public async Task Start_BeyondTheLimit_IsRefusedUntilOneEnds()
    {
        Start();
        var first = await _gateway.NextAsync();
        Start();
        var refused = Assert.Throws<GatewayException>(() => Start());
        Assert.Equal((429, "too_many_streams"), (refused.Status, refused.Error.Code));
        Assert.NotNull(refused.RetryAfter);

        first.Say(new AnswerCompleted("stop", null, [], "m"));
        await PollAsync(() => _streams.Count == 1);
        Start();
    }

    [Fact]
    public async Task Dispose_WithAnswersThatEnd_WaitsForThemAndTakesNoMore()
    {
        Start();
        var answer = await _gateway.NextAsync();
        var disposed = _streams.DisposeAsync().AsTask();
        var refused = Assert.Throws<GatewayException>(() => Start());
        Assert.Equal((503, "instance_stopping"), (refused.Status, refused.Error.Code));
        Assert.False(disposed.IsCompleted);

        answer.Say("all of it");
        answer.Say(new AnswerCompleted("stop", null, [], "m"));
        Assert.Equal("all of it", (await _signalR.NextAsync()).Text);
        Assert.Equal("done", (await _signalR.NextAsync()).Target);
        await disposed;
    }

    [Fact]
    public async Task Dispose_PastTheDrainTime_EndsWhatIsLeft()
    {
        Start();
        var answer = await _gateway.NextAsync();
        answer.Say("Hel");
        Assert.Equal("Hel", (await _signalR.NextAsync()).Text);
        var disposed = _streams.DisposeAsync().AsTask();
        _time.Advance(Drain - TimeSpan.FromTicks(1));
        Assert.False(answer.WasCancelled);
        _time.Advance(TimeSpan.FromTicks(1));
        await disposed;
        Assert.True(answer.WasCancelled);
        Assert.Equal("instance_stopping", (await _signalR.NextAsync()).Code);
    }

    [Fact]
    public async Task Connection_ThatIsRefused_CancelsTheProvider()
    {
        _signalR.Answer = () => new HttpResponseMessage(HttpStatusCode.Unauthorized);
        Start();
        var answer = await _gateway.NextAsync();
        while (!answer.Left.IsCompleted)
        {
            answer.Say("more");
            await Task.WhenAny(answer.Left, Task.Delay(5));
        }

        await EndedAsync();
    }

    [Fact]
    public async Task Text_PiledUpAtASlowService_EndsInAnErrorThatIsDelivered()
    {
        Start();
        var answer = await _gateway.NextAsync();
        _signalR.Answer = () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        answer.Say("x");
        for (var i = 0; i < 11; i++) answer.Say(new string('y', 100_000));
        await answer.Left;
        _signalR.Answer = () => new HttpResponseMessage(HttpStatusCode.Accepted);
        RecordingSignalR.Message message;
        do message = await _time.DriveAsync(_signalR.NextAsync(), TimeSpan.FromSeconds(5));
        while (message.Target == "token");
        Assert.Equal("stream_too_slow", message.Code);
    }

    [Fact]
    public async Task Resume_ByTheOwnerOnANewConnection_GetsWhatWasMissedAndWhatFollows()
    {
        var id = Start();
        var answer = await _gateway.NextAsync();
        for (var i = 0; i < 4; i++)
        {
            answer.Say($"{i}");
            Assert.Equal((i, $"{i}"), (await _time.DriveAsync(_signalR.NextAsync(), TimeSpan.FromMilliseconds(50))) is var sent ? (sent.Seq, sent.Text) : default);
        }

        Assert.False(await _streams.ResumeAsync(id, Other, new StreamResumption(0, "c/2"), default));
        Assert.False(await _streams.ResumeAsync("unknown", Owner, new StreamResumption(0, "c/2"), default));
        Assert.True(await _streams.ResumeAsync(id, Owner, new StreamResumption(1, "c/2"), default));
        answer.Say("4");
        answer.Say(new AnswerCompleted("stop", null, [], "m"));
        var seen = new SortedDictionary<long, RecordingSignalR.Message>();
        while (!seen.Values.Any(message => message.Target == "done"))
        {
            var message = await _time.DriveAsync(_signalR.NextAsync(), TimeSpan.FromMilliseconds(50));
            Assert.Equal("/api/hubs/answers/connections/c%2F2/:send", message.Path);
            Assert.True(seen.TryAdd(message.Seq, message));
        }

        Assert.Equal(Enumerable.Range(1, 5), seen.Keys.Select(seq => (int)seq));
        Assert.Equal("1234", string.Concat(seen.Values.Where(message => message.Target == "token").Select(message => message.Text)));

        // After the end all of it is there for a while, and then nothing.
        await EndedAsync();
        Assert.True(await _streams.ResumeAsync(id, Owner, new StreamResumption(5, null), default));
        var last = await _signalR.NextAsync();
        Assert.Equal(("/api/hubs/answers/users/client%201/:send", "done", 5), (last.Path, last.Target, last.Seq));
        Assert.True(await _streams.ResumeAsync(id, Owner, new StreamResumption(6, null), default));
        Assert.False(await _streams.ResumeAsync(id, Other, new StreamResumption(0, "c/2"), default));
        _time.Advance(Keep + Keep / 4);
        Assert.False(await _streams.ResumeAsync(id, Owner, new StreamResumption(5, null), default));
        Assert.Equal(0, _signalR.Unread);
    }

    [Fact]
    public async Task Resume_FromWhereNothingIsKept_SaysFromWhereOn()
    {
        var id = Start();
        var answer = await _gateway.NextAsync();
        for (var i = 0; i < 5; i++)
        {
            answer.Say(new string('x', 100_000));
            answer.Say("y");
        }

        answer.Say(new AnswerCompleted("stop", null, [], "m"));
        RecordingSignalR.Message message;
        do message = await _time.DriveAsync(_signalR.NextAsync(), TimeSpan.FromMilliseconds(50));
        while (message.Target != "done");
        var gone = await Assert.ThrowsAsync<GatewayException>(() => _streams.ResumeAsync(id, Owner, new StreamResumption(0, "c/2"), default));
        Assert.Equal((410, "stream_messages_gone", "next"), (gone.Status, gone.Error.Code, gone.Error.Param));
        var first = long.Parse(gone.Error.Message.Split(' ').First(word => long.TryParse(word, out _)), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(first, 1, message.Seq);
        Assert.True(await _streams.ResumeAsync(id, Owner, new StreamResumption(first, "c/2"), default));
        Assert.Equal(message.Seq - first + 1, _signalR.Unread);
        var early = await Assert.ThrowsAsync<GatewayException>(() => _streams.ResumeAsync(id, Owner, new StreamResumption(message.Seq + 2, "c/2"), default));
        Assert.Equal((400, "next"), (early.Status, early.Error.Param));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_AtAnotherInstance_IsDoneAtTheNextCheck(bool afterTheEnd)
    {
        await using var elsewhere = Instance();
        var id = Start();
        var answer = await _gateway.NextAsync();
        answer.Say("Hel");
        await _signalR.NextAsync();
        if (afterTheEnd)
        {
            answer.Say(new AnswerCompleted("stop", null, [], "m"));
            Assert.Equal("done", (await _signalR.NextAsync()).Target);
            await EndedAsync();
        }

        Assert.False(await elsewhere.ResumeAsync(id, Owner, new StreamResumption(0, "c/2"), default));
        await _resumptions.RequestAsync(id, Other, new StreamResumption(0, "theirs"), default);
        await _resumptions.RequestAsync(id, Owner, new StreamResumption(0, "c/2"), default);
        _time.Advance(TimeSpan.FromSeconds(2));
        var targets = new List<string>();
        for (var i = 0; i < (afterTheEnd ? 2 : 1); i++)
        {
            var again = await _signalR.NextAsync();
            Assert.Equal("/api/hubs/answers/connections/c%2F2/:send", again.Path);
            targets.Add(again.Target);
        }

        Assert.Equal(afterTheEnd ? ["done", "token"] : ["token"], targets.Order(StringComparer.Ordinal));
        await _resumptions.RequestAsync(id, Owner, new StreamResumption(9, "c/3"), default);
        _time.Advance(TimeSpan.FromSeconds(2));
        var refused = await _signalR.NextAsync();
        Assert.Equal(("/api/hubs/answers/connections/c%2F3/:send", "error", 9), (refused.Path, refused.Target, refused.Seq));
    }

    [Fact]
    public async Task Ended_BeyondTheLimit_LetsGoOfTheOldest()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add(Start());
            (await _gateway.NextAsync()).Say(new AnswerCompleted("stop", null, [], "m"));
            Assert.Equal("done", (await _signalR.NextAsync()).Target);
            await EndedAsync();
        }

        Assert.False(await _streams.ResumeAsync(ids[0], Owner, new StreamResumption(0, null), default));
        Assert.True(await _streams.ResumeAsync(ids[1], Owner, new StreamResumption(0, null), default));
        Assert.True(await _streams.ResumeAsync(ids[2], Owner, new StreamResumption(0, null), default));
    }

    private AnswerStreams Instance() => new(
        _gateway,
        _signalR.Client(_time),
        _cancellations,
        _resumptions,
        new StreamingOptions(SignalRConnectionString.Parse("Endpoint=https://x.service.signalr.net;AuthType=azure.msi", "SignalR"), MaxStreams: 2, Drain, Keep),
        _time,
        NullLogger<AnswerStreams>.Instance,
        NullLogger<CoalescingSender>.Instance);

    private string Start() => _streams.Start(Guid.NewGuid().ToString("N"), new AnswerRequest { Route = "r", Caller = Owner }, "c/1");

    private Task EndedAsync() => PollAsync(() => _streams.Count == 0);

    private static async Task PollAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition()) await Task.Delay(5, deadline.Token);
    }
}

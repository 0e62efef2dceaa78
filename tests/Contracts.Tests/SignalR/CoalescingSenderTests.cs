using System.Net;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.SignalR;

namespace Serverless.Contracts.Tests.SignalR;

public sealed class CoalescingSenderTests
{
    private static readonly CoalescingSettings Settings = new();

    [Fact]
    public void AnyPiecesGapsAndFaults_MessagesAreOrderedCompleteAndFew()
    {
        var piece = Gen.OneOf(
            Gen.Choose(1, 12).SelectMany(length => Gen.Elements("abcdefg éß漢😀".EnumerateRunes().Select(rune => rune.ToString())).ArrayOf(length)).Select(string.Concat),
            Gen.Choose(1, 4000).Select(length => new string('x', length)),
            Gen.Elements("\ud83d", "\ude00"));
        var step = from text in piece from gap in Gen.Choose(0, 120) select (Text: text, Gap: gap);
        var run = from steps in step.ListOf() from faults in Gen.Choose(0, 3).ArrayOf() select (steps, faults);
        Prop.ForAll(run.ToArbitrary(), input => RunAsync(input.steps.ToArray(), input.faults).GetAwaiter().GetResult()).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Append_FirstPiece_GoesOutAtOnce()
    {
        var time = new ManualTime();
        var channel = new RecordingChannel(time);
        await using var sender = new CoalescingSender(channel, "s", time);
        Assert.True(sender.Append("hello"));
        await UntilAsync(() => channel.Tokens.Count == 1);
        Assert.Equal(new StreamToken("s", 0, "hello"), channel.Tokens[0]);
    }

    // What waits keeps its order, each kind in messages of its own, and half a pair is not waited for once the other kind has come.
    [Fact]
    public async Task Append_ThoughtsAndText_GoOutInTheirOrderAndKind()
    {
        var time = new ManualTime();
        var open = new TaskCompletionSource();
        var channel = new RecordingChannel(time) { Gate = open.Task.WaitAsync };
        await using var sender = new CoalescingSender(channel, "s", time);
        sender.Append("first");
        await UntilAsync(() => channel.Attempts == 1);
        foreach (var (text, isThought) in ((string, bool)[])[("H", true), ("m\ud83d", true), ("", false), ("A", false), ("B", false), ("so", true), ("C", false)]) Assert.True(sender.Append(text, isThought));
        open.SetResult();
        Assert.True(await sender.CompleteAsync("stop", null, null, CancellationToken.None));
        Assert.Equal(
            [new StreamToken("s", 0, "first"), new StreamThought("s", 1, "Hm\ud83d"), new StreamToken("s", 2, "AB"), new StreamThought("s", 3, "so"), new StreamToken("s", 4, "C")],
            channel.Received.SkipLast(1).Select(message => message.Argument));
        Assert.Equal(["token", "thought", "token", "thought", "token", "done"], channel.Received.Select(message => message.Target));
    }

    [Fact]
    public async Task Append_ServiceThatNeverAnswers_DoesNotBlockAndEndsBounded()
    {
        var time = new ManualTime();
        var channel = new RecordingChannel(time) { Gate = cancelled => Task.Delay(Timeout.Infinite, cancelled) };
        await using var sender = new CoalescingSender(channel, "s", time, new CoalescingSettings { MaxPendingChars = 10_000 });
        var accepted = 0;
        while (accepted < 1000 && sender.Append(new string('x', 100)))
            accepted++;
        Assert.InRange(accepted, 100, 100 + (Settings.MaxMessageChars / 100));
        Assert.False(sender.Append("more"));
    }

    [Fact]
    public async Task Complete_AfterOverflow_LastMessageIsTheError()
    {
        var time = new ManualTime();
        var open = new TaskCompletionSource();
        var channel = new RecordingChannel(time) { Gate = open.Task.WaitAsync };
        await using var sender = new CoalescingSender(channel, "s", time, new CoalescingSettings { MaxPendingChars = 10 });
        sender.Append("0123456789");
        await UntilAsync(() => channel.Attempts == 1);
        Assert.True(sender.Append("0123456789"));
        Assert.False(sender.Append("!"));
        open.SetResult();
        Assert.True(await sender.CompleteAsync("stop", null, null, CancellationToken.None));
        Assert.Equal("stream_too_slow", Assert.IsType<StreamError>(channel.Received[^1].Argument).Error.Code);
        Assert.Equal("01234567890123456789", string.Concat(channel.Tokens.Select(token => token.Text)));
    }

    [Fact]
    public async Task Send_RefusedForGood_StreamIsGivenUpAndProducerTold()
    {
        var time = new ManualTime();
        var channel = new RecordingChannel(time) { Fault = _ => new SignalRRequestException("no", HttpStatusCode.Unauthorized) };
        await using var sender = new CoalescingSender(channel, "s", time);
        sender.Append("hello");
        Assert.False(await sender.CompleteAsync("stop", null, null, CancellationToken.None));
        Assert.Equal(1, channel.Attempts);
        Assert.False(sender.Append("more"));
    }

    [Fact]
    public async Task Send_ChannelThrowsAnything_StreamIsGivenUp()
    {
        var time = new ManualTime();
        var channel = new RecordingChannel(time) { Fault = _ => new InvalidOperationException("odd") };
        await using var sender = new CoalescingSender(channel, "s", time);
        sender.Append("hello");
        Assert.False(await sender.CompleteAsync("stop", null, null, CancellationToken.None));
    }

    [Fact]
    public async Task Dispose_WhileSending_StopsAtOnce()
    {
        var time = new ManualTime();
        var channel = new RecordingChannel(time) { Gate = cancelled => Task.Delay(Timeout.Infinite, cancelled) };
        var sender = new CoalescingSender(channel, "s", time);
        sender.Append("hello");
        await UntilAsync(() => channel.Attempts == 1);
        await sender.DisposeAsync();
        Assert.Empty(channel.Received);
    }

    [Fact]
    public async Task Done_OnTheWire_HasTheDocumentedShape()
    {
        var time = new ManualTime();
        var channel = new RecordingChannel(time);
        await using var sender = new CoalescingSender(channel, "s", time);
        await sender.CompleteAsync("stop", new Usage(1, 2), [new { document = "a.md" }], CancellationToken.None);
        var (_, target, argument) = Assert.Single(channel.Received);
        Assert.Equal("done", target);
        Assert.Equal(
            """{"streamId":"s","seq":0,"finishReason":"stop","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3},"citations":[{"document":"a.md"}]}""",
            JsonSerializer.Serialize(argument, WireJson.Options));
    }

    private static async Task<bool> RunAsync((string Text, int Gap)[] steps, int[] faults)
    {
        var time = new ManualTime();
        var channel = new RecordingChannel(time)
        {
            Fault = attempt => attempt < faults.Length && faults[attempt] == 0 && !EndsARowOfFaults(faults, attempt) ? new SignalRRequestException("busy", HttpStatusCode.ServiceUnavailable) : null,
        };
        await using var sender = new CoalescingSender(channel, "s", time);
        var started = time.GetUtcNow();
        foreach (var (text, gap) in steps)
        {
            Assert.True(sender.Append(text));
            time.Advance(TimeSpan.FromMilliseconds(gap));
            await Task.Yield();
        }

        var end = sender.CompleteAsync("stop", new Usage(1, 2), null, CancellationToken.None);
        while (!end.IsCompleted)
        {
            time.Advance(Settings.Interval);
            await Task.WhenAny(end, Task.Delay(1));
        }

        Assert.True(await end);
        Assert.False(channel.Overlapped);
        var expected = string.Concat(steps.Select(step => step.Text));
        Assert.Equal(expected, string.Concat(channel.Tokens.Select(token => token.Text)));
        Assert.Equal(Enumerable.Range(0, channel.Received.Count - 1).Select(seq => (long)seq), channel.Tokens.Select(token => token.Seq));
        Assert.Equal(channel.Tokens.Count, Assert.IsType<StreamDone>(channel.Received[^1].Argument).Seq);

        // Every message but the last waited out the interval or was full; a pair is only split where the answer itself has half of one.
        for (var i = 1; i < channel.Tokens.Count - 1; i++)
        {
            var waited = channel.Received[i].At - channel.Received[i - 1].At >= Settings.Interval;
            Assert.True(waited || Encoding.UTF8.GetByteCount(channel.Tokens[i].Text) >= Settings.MessageBytes - 3);
        }

        foreach (var (token, next) in channel.Tokens.Zip(channel.Tokens.Skip(1)))
            Assert.False(char.IsHighSurrogate(token.Text[^1]) && char.IsLowSurrogate(next.Text[0]));
        return started <= time.GetUtcNow();
    }

    /// <summary>No more faults in a row than there are attempts.</summary>
    private static bool EndsARowOfFaults(int[] faults, int attempt) => attempt >= 4 && faults[(attempt - 4)..attempt].All(fault => fault == 0);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
            await Task.Delay(5, deadline.Token);
    }
}

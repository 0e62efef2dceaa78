using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Contracts.Tests;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>A model that thinks in silence: openclaw #70739, CopilotKit #6980, screenpipe #6540 lost such streams to proxies that end a connection on which nothing goes.</summary>
public sealed class SseResponseTests
{
    private const string Waiting = ": waiting\n\n";

    [Fact]
    public async Task Silence_WithinAnAnswer_IsFilledAndSpeechIsNot()
    {
        var time = new ManualTime();
        var pieces = Channel.CreateUnbounded<AnswerEvent>();
        var body = new Watched();
        var writing = Response(body, new OpenAiStreamShape("id", "k", 7, "m", isChat: true, hasDeltas: true, includeUsage: false), time).WriteAsync(ReadAsync(pieces.Reader));
        pieces.Writer.TryWrite(new AnswerText("A"));
        await body.UntilAsync(text => text.Contains("\"A\"", StringComparison.Ordinal));
        // What was said within the time is not silence; what was not said in the next is.
        time.Advance(SseResponse.Silence);
        Assert.DoesNotContain(Waiting, body.Text, StringComparison.Ordinal);
        await time.DriveAsync(body.UntilAsync(text => text.EndsWith(Waiting, StringComparison.Ordinal)), SseResponse.Silence);
        pieces.Writer.TryWrite(new AnswerText("B"));
        await body.UntilAsync(text => text.Contains("\"B\"", StringComparison.Ordinal));
        pieces.Writer.TryWrite(new AnswerCompleted("stop", null, [], "m"));
        pieces.Writer.Complete();
        await writing;
        Assert.EndsWith("data: [DONE]\n\n", body.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_ToClientsOfAnthropics_IsAPing()
    {
        var time = new ManualTime();
        var pieces = Channel.CreateUnbounded<AnswerEvent>();
        var body = new Watched();
        var writing = Response(body, new MessagesStreamShape("m", showsThoughts: false), time).WriteAsync(ReadAsync(pieces.Reader));
        pieces.Writer.TryWrite(AnswerText.Thought("Hm"));
        await time.DriveAsync(body.UntilAsync(text => text.EndsWith("event: ping\ndata: {\"type\":\"ping\"}\n\n", StringComparison.Ordinal)), SseResponse.Silence);
        pieces.Writer.Complete(new GatewayException(502, new ErrorDetail("upstream_error", "x", "server_error")));
        await writing;
        Assert.Contains("event: error", body.Text, StringComparison.Ordinal);
    }

    private static async IAsyncEnumerable<AnswerEvent> ReadAsync(ChannelReader<AnswerEvent> reader, [EnumeratorCancellation] CancellationToken stop = default)
    {
        await foreach (var piece in reader.ReadAllAsync(stop)) yield return piece;
    }

    private static SseResponse Response(Stream body, IStreamShape shape, TimeProvider time)
    {
        var http = new DefaultHttpContext();
        http.Response.Body = body;
        return new SseResponse(http, shape, time);
    }

    /// <summary>A body whose reader waits for what it is to hold.</summary>
    private sealed class Watched : MemoryStream
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Text
        {
            get
            {
                lock (_lock) return Encoding.UTF8.GetString(ToArray());
            }
        }

        public async Task<bool> UntilAsync(Func<string, bool> holds)
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (holds(Encoding.UTF8.GetString(ToArray()))) return true;
                    changed = _changed.Task;
                }

                await changed.WaitAsync(TimeSpan.FromMinutes(1));
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (_lock)
            {
                Write(buffer.Span);
                _changed.TrySetResult();
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return ValueTask.CompletedTask;
        }
    }
}

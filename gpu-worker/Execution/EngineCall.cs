using System.Threading.Channels;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>A request inside the engine and the stream of its tokens. The stream holds a whole answer, so a slow reader never holds up a step.</summary>
internal sealed class EngineCall(Sequence sequence, CallTiming timing)
{
    private readonly Channel<GeneratedToken> _channel = Channel.CreateBounded<GeneratedToken>(new BoundedChannelOptions(sequence.Request.MaxTokens - sequence.Request.PriorTokens.Length)
    {
        SingleReader = true,
        SingleWriter = true,
    });

    public Sequence Sequence { get; } = sequence;

    public ChannelReader<GeneratedToken> Tokens => _channel.Reader;

    /// <summary>Whether it still holds its place in the queue's budget.</summary>
    public bool IsQueued
    {
        get;
        set
        {
            if (field && !value) timing.Scheduled();
            field = value;
        }
    }
    = true;

    /// <summary>Whether the engine is done with it; set by the step loop, read by the reader.</summary>
    public bool HasEnded
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    public void Publish(GeneratedToken token)
    {
        timing.Token();
        _channel.Writer.TryWrite(token);
        if (token.Finish is not null)
            _channel.Writer.TryComplete();
    }

    public void Fail(Exception exception) => _channel.Writer.TryComplete(exception);
}

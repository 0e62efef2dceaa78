using System.Threading.Channels;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>A request inside the engine and the stream of its tokens. The stream holds a whole answer, so a slow reader never holds up a step.</summary>
internal sealed class EngineCall(Sequence sequence, CallTiming timing)
{
    private readonly Channel<GeneratedToken> _channel = Channel.CreateBounded<GeneratedToken>(new BoundedChannelOptions(sequence.Request.MaxTokens)
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

    /// <summary>Set by the reader when it goes away, read by the step loop.</summary>
    public bool IsAbandoned
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

    public void Fail(EngineFailedException exception) => _channel.Writer.TryComplete(exception);
}

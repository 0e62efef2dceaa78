using System.Threading.Channels;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Replicas;

/// <summary>
/// A request in the parent: the tokens so far, with which it can be taken up again anywhere, and the stream to its reader. The stream holds a whole answer, so a slow reader
/// never holds up the others of its child. <see cref="CallBook"/> alone changes the rest.
/// </summary>
internal sealed class RemoteCall(long number, GenerationRequest request)
{
    private readonly Channel<GeneratedToken> _channel = Channel.CreateBounded<GeneratedToken>(new BoundedChannelOptions(Math.Max(1, request.MaxTokens - request.PriorTokens.Length))
    {
        SingleReader = true,
        SingleWriter = false,
    });

    private readonly List<int> _received = [];

    /// <summary>Grows with arrival.</summary>
    public long Number { get; } = number;

    public GenerationRequest Request { get; } = request;

    public ChannelReader<GeneratedToken> Tokens => _channel.Reader;

    public CallPlace Place { get; set; } = CallPlace.Nowhere;

    /// <summary>The replica that it is inside.</summary>
    public int Replica { get; set; } = -1;

    /// <summary>What its tokens carry in this life of the replica.</summary>
    public long WireId { get; set; }

    /// <summary>Crashes in a row that it was inside for, without having got past where it stood.</summary>
    public int Crashes { get; set; }

    /// <summary>Tokens since it was last handed to a replica.</summary>
    public int TokensThisTime { get; set; }

    /// <summary>Replicas whose queue had no room for it, by bits.</summary>
    public uint RefusedBy { get; set; }

    /// <summary>Whether it has been inside a replica that died: what was admitted once is not refused any more.</summary>
    public bool IsReplay { get; set; }

    /// <summary>Whether it holds a place in the budget of those that wait in the parent.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Tokens that a replica has to hold for it.</summary>
    public int Length => Request.PromptTokens.Length + Request.PriorTokens.Length + _received.Count;

    /// <summary>What is to be generated from here: the same request, with all tokens so far. What is told of the prompt has come with the first of them.</summary>
    public GenerationRequest Remaining => _received.Count == 0 ? Request : Request with { PriorTokens = [.. Request.PriorTokens, .. _received], PromptLogprobs = null };

    /// <exception cref="ProtocolException">The answer is longer than was asked for.</exception>
    public void Publish(GeneratedToken token)
    {
        _received.Add(token.Id);
        if (!_channel.Writer.TryWrite(token) && !_channel.Reader.Completion.IsCompleted && Request.PriorTokens.Length + _received.Count > Request.MaxTokens)
            throw new ProtocolException("A request got more tokens than it asked for.");
        if (token.Finish is not null) _channel.Writer.TryComplete();
    }

    public void Fail(Exception exception) => _channel.Writer.TryComplete(exception);

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"call {Number} [{Length} tokens, {Place}]";
}

using Serverless.GpuWorker.KvCache;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>A request on its way through the engine. The scheduler alone changes it.</summary>
public sealed class Sequence
{
    private readonly List<int> _tokens;

    public Sequence(long id, GenerationRequest request, BlockHash root)
    {
        Id = id;
        Request = request;
        LastHash = Root = root;
        _tokens = new List<int>(request.PromptTokens.Length + Math.Min(request.MaxTokens, 256));
        _tokens.AddRange(request.PromptTokens);
        _tokens.AddRange(request.PriorTokens);
    }

    /// <summary>Grows with arrival.</summary>
    public long Id { get; }

    public GenerationRequest Request { get; }

    public SequencePhase Phase { get; internal set; } = SequencePhase.Waiting;

    /// <summary>Tokens of prompt and answer so far.</summary>
    public int Length => _tokens.Count;

    public int Generated => _tokens.Count - Request.PromptTokens.Length;

    /// <summary>Tokens whose keys and values are in the cache; what is missing to <see cref="Length"/> has yet to run.</summary>
    public int Computed { get; internal set; }

    /// <summary>The cache blocks, in order.</summary>
    public IReadOnlyList<int> Blocks => Table;

    /// <summary>How often it gave its blocks up to others.</summary>
    public int Preemptions { get; internal set; }

    internal List<int> Table { get; } = [];

    /// <summary>Full blocks that have been hashed, and the last one's hash.</summary>
    internal int HashedBlocks { get; set; }

    internal BlockHash LastHash { get; set; }

    internal BlockHash Root { get; }

    /// <summary>Whether the client has been charged for the prompt.</summary>
    internal bool IsCharged { get; set; }

    public ReadOnlySpan<int> Tokens => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tokens);

    public ReadOnlySpan<int> GeneratedTokens => Tokens[Request.PromptTokens.Length..];

    internal void Append(int token) => _tokens.Add(token);

    public override string ToString() => $"sequence {Id} [{Length} tokens, {Computed} computed, {Phase}]";
}

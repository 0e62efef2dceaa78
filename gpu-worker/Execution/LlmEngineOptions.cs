using System.Text.Json.Serialization;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Speculation;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Execution;

/// <summary>What an <see cref="LlmEngine"/> is made of. Values are checked when it is loaded.</summary>
public sealed record LlmEngineOptions
{
    /// <summary>The checkpoint folder: Hugging Face's, with config.json and safetensors, or a converted one.</summary>
    public required string CheckpointPath { get; init; }

    /// <summary>The model's name, for /v1/models.</summary>
    public required string ModelName { get; init; }

    /// <summary>The checkpoint's tokenizer, which constrained output needs; without one, or where it lacks a token for some byte, a request with a JSON schema fails.</summary>
    [JsonIgnore]
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>How matrices are held; null for float32, or for what a converted folder has.</summary>
    public WeightFormat? WeightFormat { get; init; }

    public EngineDevice Device { get; init; }

    /// <summary>On CUDA alone.</summary>
    public ActivationType ActivationType { get; init; }

    /// <summary>Memory of the KV cache, 1 MiB or more; on CUDA 0 as well, for what the devices hold beside the weights. On the CPU it becomes resident as it is used.</summary>
    public long KvCacheBytes { get; init; } = 256L << 20;

    /// <summary>How keys and values are held in the cache; on CUDA float32 means as <see cref="ActivationType"/>.</summary>
    public KvCacheFormat KvCacheFormat { get; init; } = KvCacheFormat.Float32;

    /// <summary>Blocks of the KV cache in place of what <see cref="KvCacheBytes"/> gives; 0 to take that.</summary>
    public int KvCacheBlocks { get; init; }

    /// <summary>Tokens of a block, 1 to 1024; on CUDA the kernels say how many.</summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>Tokens of a step, more than <see cref="MaxSequences"/>, at most 65536.</summary>
    public int MaxBatchedTokens { get; init; } = 512;

    /// <summary>Prompt tokens of a step in which others decode, 1 to <see cref="MaxBatchedTokens"/>; null for as many as there is room for.</summary>
    public int? MaxPromptTokensBesideDecodes { get; init; }

    /// <summary>Sequences that run at once, 1 to 1024.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>Requests that may wait, at least 1.</summary>
    public int MaxQueuedRequests { get; init; } = 256;

    /// <summary>Prompt tokens that may wait, at least 1. A good value is the time to first token that is still welcome x prompt tokens a second.</summary>
    public long MaxQueuedTokens { get; init; } = 65_536;

    /// <summary>Share of <see cref="MaxQueuedRequests"/> and <see cref="MaxQueuedTokens"/> that one client's requests may take, 0.01 to 1; 1 for no such bound.</summary>
    public double MaxClientQueueShare { get; init; } = 0.75;

    /// <summary>Whether a client's requests share the cache blocks of a common beginning.</summary>
    public bool PrefixCaching { get; init; } = true;

    /// <summary>Whether a waiting request may take the place of running, less urgent ones of its own client, which go on later.</summary>
    public bool PreemptByPriority { get; init; }

    /// <summary>
    /// Share of the KV cache's blocks beyond which a client's cached content is displaced before that of others, 0.01 to 1; 1 for no such
    /// bound. It takes no block from what runs.
    /// </summary>
    public double MaxClientCacheShare { get; init; } = 0.5;

    /// <summary>Ranks that compute a step together, each with a part of every matrix and of the KV cache: 1, 2, 4 or 8; must divide the model's key-value heads. Null for 1, or for what a converted folder is for.</summary>
    public int? Ranks { get; init; }

    /// <summary>Threads of one operator of one rank; 0 means the machine's cores divided by the ranks, at most 4.</summary>
    public int Threads { get; init; }

    /// <summary>How long an operator's threads spin for the next one's work before they sleep, in microseconds; 0 sends them to sleep at once; 0..100000.</summary>
    public int SpinMicroseconds { get; init; } = OnnxSessions.DefaultSpinMicroseconds;

    /// <summary>Whether tokens that prompt or answer hold already are drafted and verified several at a time: the same tokens, sooner. On the CPU alone.</summary>
    public bool Speculation { get; init; }

    /// <summary>Most tokens that a sequence drafts in one step, 1 to 64; how many it does follows from what is accepted and what rows cost.</summary>
    public int MaxDraftTokens { get; init; } = 16;

    /// <exception cref="ArgumentException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        Check(BlockSize is >= 1 and <= 1024, nameof(BlockSize), "1 to 1024");
        Check(MaxSequences is >= 1 and <= 1024, nameof(MaxSequences), "1 to 1024");
        Check(MaxBatchedTokens > MaxSequences && MaxBatchedTokens <= 65_536, nameof(MaxBatchedTokens), $"more than {nameof(MaxSequences)} ({MaxSequences}), at most 65536");
        Check(MaxPromptTokensBesideDecodes is null || (MaxPromptTokensBesideDecodes >= 1 && MaxPromptTokensBesideDecodes <= MaxBatchedTokens), nameof(MaxPromptTokensBesideDecodes), $"1 to {nameof(MaxBatchedTokens)} ({MaxBatchedTokens})");
        Check(KvCacheBlocks >= 0, nameof(KvCacheBlocks), "0 or more");
        Check(KvCacheBlocks > 0 || KvCacheBytes >= 1 << 20 || (KvCacheBytes == 0 && Device == EngineDevice.Cuda), nameof(KvCacheBytes), "1 MiB or more");
        Check(KvCacheFormat != KvCacheFormat.Float8 || Device == EngineDevice.Cuda, nameof(KvCacheFormat), "float32 or int8 on the CPU");
        Check(MaxQueuedRequests >= 1, nameof(MaxQueuedRequests), "1 or more");
        Check(MaxQueuedTokens >= 1, nameof(MaxQueuedTokens), "1 or more");
        Check(MaxClientQueueShare is >= 0.01 and <= 1, nameof(MaxClientQueueShare), "0.01 to 1");
        Check(MaxClientCacheShare is >= 0.01 and <= 1, nameof(MaxClientCacheShare), "0.01 to 1");
        Check(Ranks is null or 1 or 2 or 4 or 8, nameof(Ranks), "1, 2, 4 or 8");
        Check(Threads >= 0, nameof(Threads), "0 or more");
        Check(!Speculation || Device == EngineDevice.Cpu, nameof(Speculation), "false on CUDA");
        Check(MaxDraftTokens is >= 1 and <= DraftPlanner.MaxRows, nameof(MaxDraftTokens), $"1 to {DraftPlanner.MaxRows}");
    }

    private static void Check(bool holds, string name, string permitted)
    {
        if (!holds)
            throw new ArgumentException($"{name} is out of range: {permitted}.", name);
    }
}

using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution;

/// <summary>What a <see cref="LlamaSession"/> is made of.</summary>
internal sealed record LlamaSessionOptions
{
    /// <summary>The folder to load; empty where the weights are in memory already.</summary>
    public string CheckpointPath { get; init; } = "";

    /// <summary>How matrices are held; null for float32, or for what a converted folder has.</summary>
    public WeightFormat? WeightFormat { get; init; }

    /// <summary>How keys and values are held in the cache.</summary>
    public KvCacheFormat KvCacheFormat { get; init; } = KvCacheFormat.Float32;

    /// <summary>Blocks of the paged cache.</summary>
    public required int Blocks { get; init; }

    /// <summary>Tokens of a block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Most tokens of a step.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Most sequences of a step.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Most rows of logits of a step, where more than one a sequence is wanted.</summary>
    public int MaxSampledRows { get; init; }

    /// <summary>Whether ranks deal out lm_head among them; null lets its size decide (<see cref="VocabularySharding"/>).</summary>
    public bool? ShardVocabulary { get; init; }

    /// <summary>The longest that a rank waits for the others in one sum, before the group is given up.</summary>
    public TimeSpan RankTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Threads of one operator of one rank; 0 means the machine's cores divided by the ranks, at most 4.</summary>
    public int Threads { get; init; }

    /// <summary>How long an operator's threads spin for the next one's work before they sleep, in microseconds; 0 sends them to sleep at once; 0..100000.</summary>
    public int SpinMicroseconds { get; init; } = OnnxSessions.DefaultSpinMicroseconds;
}

using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>The model's steps as an engine's options ask for them, on the CPU.</summary>
internal static class WorldSession
{
    /// <param name="moreRows">Rows of logits beside one for each sequence.</param>
    /// <param name="shardVocabulary">Whether each of several ranks has a part of a row; null: as it is by default.</param>
    public static IStepModel Load(LlmEngineOptions options, int moreRows, bool? shardVocabulary = null)
    {
        var session = new LlamaSessionOptions
        {
            CheckpointPath = options.CheckpointPath,
            WeightFormat = options.WeightFormat,
            KvCacheFormat = options.KvCacheFormat,
            Blocks = options.KvCacheBlocks,
            BlockSize = options.BlockSize,
            MaxTokens = options.MaxBatchedTokens,
            MaxSequences = options.MaxSequences,
            MaxSampledRows = options.MaxSequences + moreRows,
            Threads = options.Threads,
            ShardVocabulary = shardVocabulary,
        };
        return options.Ranks is { } ranks and > 1 ? RankedLlamaSession.Load(session, ranks, TimeProvider.System) : LlamaSession.Load(session);
    }
}

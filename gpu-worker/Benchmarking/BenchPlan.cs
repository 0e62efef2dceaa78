namespace Serverless.GpuWorker.Benchmarking;

/// <summary>The steps that a benchmark of a model takes, and the cache that they need.</summary>
/// <param name="Pairs">Decoding steps: so many sequences of so many tokens.</param>
/// <param name="Blocks">Of the cache: what the largest of the steps takes.</param>
/// <param name="MaxTokens">Of the largest step.</param>
/// <param name="TokenBytes">What a token takes in the cache.</param>
internal sealed record BenchPlan(IReadOnlyList<(int Batch, int Context)> Pairs, int Blocks, int MaxTokens, long TokenBytes)
{
    /// <summary>Tokens of each prompt and each answer with which the whole engine is measured.</summary>
    public const int EnginePrompt = 8, EngineTokens = 32;

    /// <summary>Most sequences of a step.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Positions that the model needs.</summary>
    public static int ContextLength(BenchOptions options) => Math.Max(options.Contexts.Max(), Math.Max(options.Prefill, EnginePrompt + EngineTokens)) + 1;

    /// <param name="mostCacheBytes">Pairs of batch and context whose cache would be larger are left out.</param>
    public static BenchPlan Of(BenchOptions options, int blockSize, long tokenBytes, long mostCacheBytes)
    {
        int batch = options.Batches.Max();
        List<(int Batch, int Context)> pairs =
        [
            .. options.Contexts.SelectMany(context => options.Batches.Select(sequences => (Batch: sequences, Context: context)))
                .Where(pair => pair.Batch * BlocksOf(pair.Context) * blockSize * tokenBytes <= mostCacheBytes),
        ];
        int blocks = pairs.Select(pair => pair.Batch * BlocksOf(pair.Context)).Append(BlocksOf(options.Prefill)).Append(batch * BlocksOf(EnginePrompt + EngineTokens)).Max();
        return new BenchPlan(pairs, blocks, Math.Max(options.Prefill, batch * EnginePrompt), tokenBytes) { MaxSequences = batch };

        int BlocksOf(int tokens) => (tokens + blockSize - 1) / blockSize;
    }
}

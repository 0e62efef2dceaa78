using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>Builds a model of random weights in memory and measures the session and the engine on it.</summary>
internal static class ModelBenchmark
{
    private const int BlockSize = 32;
    public const int EnginePrompt = 8;
    public const int EngineTokens = 32;
    private const int MostEngineBatch = 16;

    /// <summary>Pairs of batch and context whose cache would be larger are left out.</summary>
    private const long MostCacheBytes = 2L << 30;

    public static async Task<BenchReport> RunAsync(BenchOptions options, TextWriter progress)
    {
        if (options.Device == EngineDevice.Cuda)
            return await CudaBenchmark.RunAsync(options, progress);

        string load = Machine.Load;
        int batch = options.Batches.Max(), context = Math.Max(options.Contexts.Max(), Math.Max(options.Prefill, EnginePrompt + EngineTokens)) + 1;
        var config = ModelShape.Find(options.Shape, context)!;
        long blockBytes = KvCacheLayout.BytesPerBlock(config, options.KvCacheFormat, BlockSize), tokenBytes = blockBytes / BlockSize;
        var pairs = options.Contexts.SelectMany(c => options.Batches.Select(b => (Batch: b, Context: c))).Where(p => p.Batch * BlocksOf(p.Context) * blockBytes <= MostCacheBytes).ToList();
        int blocks = pairs.Select(p => p.Batch * BlocksOf(p.Context)).Append(BlocksOf(options.Prefill)).Append(batch * BlocksOf(EnginePrompt + EngineTokens)).Max();

        progress.WriteLine($"making {options.Shape} {options.FormatName}");
        WeightStore weights;
        using (var source = RandomWeights.For(config, seed: 1))
            weights = LlamaWeights.Load(source, config, options.Format);

        var session = new LlamaSession(
            new LlamaSessionOptions
            {
                KvCacheFormat = options.KvCacheFormat,
                Blocks = blocks,
                BlockSize = BlockSize,
                MaxTokens = Math.Max(options.Prefill, batch * EnginePrompt),
                MaxSequences = batch,
                Threads = options.Threads,
                Spin = options.Spin,
            },
            config,
            weights);
        session.FillCache(new Random(2));

        var benchmark = new SessionBenchmark(session);
        using var memory = new MemoryBandwidth(options.Threads);
        List<DecodeResult> decode = [];
        if (pairs.Count < options.Contexts.Count * options.Batches.Count)
            progress.WriteLine($"pairs of batch and context whose cache takes more than {MostCacheBytes >> 20} MiB are left out");

        foreach (var (b, c) in pairs)
        {
            progress.WriteLine($"decode, batch {b}, context {c}");
            // In turns with the steps: on a shared machine bandwidth doubles and halves within seconds.
            List<double> bandwidths = [];
            var steps = benchmark.Decode(b, c, () => bandwidths.Add(memory.Read().BytesPerSecond));
            decode.Add(new DecodeResult(b, c, b * c * tokenBytes, steps, bandwidths));
        }
        progress.WriteLine($"prefill, {options.Prefill} tokens");
        double prefill = benchmark.Prefill(options.Prefill);
        int engineBatch = Math.Min(batch, MostEngineBatch);
        progress.WriteLine($"engine, batch {engineBatch}");
        var (period, inModel) = await RunEngineAsync(session, blocks, engineBatch, Math.Max(options.Prefill, batch * EnginePrompt));
        return new BenchReport
        {
            Time = TimeProvider.System.GetUtcNow(),
            Shape = options.Shape,
            Format = options.FormatName,
            KvCacheFormat = options.KvCacheFormat == KvCacheFormat.Int8 ? "int8" : "float32",
            Threads = options.Threads,
            Spin = options.Spin,
            Processor = Machine.Processor,
            Kernel = QuantizedProducts.Best.Name,
            Load = load,
            StepBytes = weights.Bytes - NotRead(config, options.Format),
            Decode = decode,
            PrefillTokens = options.Prefill,
            PrefillSeconds = prefill,
            EngineBatch = engineBatch,
            EnginePeriod = period,
            EngineOverhead = (period - inModel) / period,
            PeakMemory = Machine.PeakMemory,
        };
    }

    private static int BlocksOf(int tokens) => (tokens + BlockSize - 1) / BlockSize;

    /// <summary>The tables, of which a step reads a few rows.</summary>
    private static long NotRead(LlamaConfig config, WeightFormat format) =>
        ((long)config.VocabularySize * config.HiddenSize * (format == WeightFormat.Float32 ? sizeof(float) : sizeof(ushort)))
        + ((long)config.ContextLength * config.HeadSize * sizeof(float));

    /// <summary>Serves <paramref name="batch"/> requests at once; the session is freed at the end.</summary>
    public static async Task<(double Period, double Model)> RunEngineAsync(IStepModel session, int blocks, int batch, int maxTokens)
    {
        using var owned = session;
        var steps = new TimedSteps(session);
        var options = new LlmEngineOptions
        {
            CheckpointPath = "",
            ModelName = "random",
            MaxSequences = batch,
            MaxBatchedTokens = Math.Max(maxTokens, batch + 1),
        };
        await using (var engine = new LlmEngine(steps, options, blocks, eosTokens: [], TimeProvider.System, NullLogger<LlmEngine>.Instance))
        {
            await Task.WhenAll(Enumerable.Range(0, batch).Select(async index =>
            {
                var random = new Random(index);
                int[] prompt = [.. Enumerable.Range(0, EnginePrompt).Select(_ => random.Next(session.VocabularySize))];
                var request = new GenerationRequest { PromptTokens = prompt, MaxTokens = EngineTokens, Sampling = new() { Temperature = 0 } };
                await foreach (var _ in engine.GenerateAsync(request, CancellationToken.None))
                {
                    // Read as they come.
                }
            }));
        }
        var (_, inside, period) = steps.Decoding(batch);
        return (period, inside);
    }
}

using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>Builds a model of random weights in memory and measures the session and the engine on it.</summary>
internal static class ModelBenchmark
{
    private const int BlockSize = 32;
    private const int MostEngineBatch = 16;

    /// <summary>Pairs of batch and context whose cache would be larger are left out.</summary>
    private const long MostCacheBytes = 2L << 30;

    public static async Task<BenchReport> RunAsync(BenchOptions options, TextWriter progress)
    {
        if (options.Device == EngineDevice.Cuda)
            return await CudaBenchmark.RunAsync(options, progress);

        string load = Machine.Load;
        var config = ModelShape.Find(options.Shape, BenchPlan.ContextLength(options))!;
        var plan = BenchPlan.Of(options, BlockSize, KvCacheLayout.BytesPerBlock(config, options.KvCacheFormat, BlockSize) / BlockSize, MostCacheBytes);

        progress.WriteLine($"making {options.Shape} {options.FormatName}");
        WeightStore weights;
        using (var source = RandomWeights.For(config, seed: 1))
            weights = LlamaWeights.Load(source, config, options.Format);

        var session = new LlamaSession(
            new LlamaSessionOptions
            {
                KvCacheFormat = options.KvCacheFormat,
                Blocks = plan.Blocks,
                BlockSize = BlockSize,
                MaxTokens = plan.MaxTokens,
                MaxSequences = plan.MaxSequences,
                Threads = options.Threads,
                SpinMicroseconds = options.SpinMicroseconds,
            },
            config,
            weights);
        session.FillCache(new Random(2));
        using var memory = new MemoryBandwidth(options.Threads);
        var subject = new BenchSubject
        {
            Session = session,
            MostEngineBatch = MostEngineBatch,
            ReadBandwidth = () => memory.Read().BytesPerSecond,
            Bandwidth = "at which 512 MiB are read, in turns with the steps",
            StepBytes = weights.Bytes - NotRead(config, options.Format),
            KvCacheFormat = options.KvCacheFormat == KvCacheFormat.Int8 ? "int8" : "float32",
            Threads = options.Threads,
            SpinMicroseconds = options.SpinMicroseconds,
            Processor = Machine.Processor,
            Kernel = QuantizedProducts.Taken,
        };
        return await ModelMeasurement.RunAsync(options, plan, subject, load, progress);
    }

    /// <summary>The tables, of which a step reads a few rows.</summary>
    private static long NotRead(LlamaConfig config, WeightFormat format) =>
        ((long)config.VocabularySize * config.HiddenSize * (format == WeightFormat.Float32 ? sizeof(float) : sizeof(ushort)))
        + ((long)config.ContextLength * config.HeadSize * sizeof(float));
}

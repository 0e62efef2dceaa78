using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Supervision.Ranks;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>Puts a model of random weights on a CUDA device, or on one for each rank, and measures the session and the engine on it. Bytes are those of rank 0.</summary>
internal static class CudaBenchmark
{
    private const int Device = 0;

    /// <summary>Pairs of batch and context whose cache would be larger are left out.</summary>
    private const long MostCacheBytes = 40L << 30;

    /// <exception cref="CudaUnavailableException">Something that CUDA needs is missing.</exception>
    /// <exception cref="RankGroupFailedException">A rank cannot start, or failed.</exception>
    public static async Task<BenchReport> RunAsync(BenchOptions options, TextWriter progress)
    {
        string load = Machine.Load;
        int batch = options.Batches.Max(), context = Math.Max(options.Contexts.Max(), Math.Max(options.Prefill, ModelBenchmark.EnginePrompt + ModelBenchmark.EngineTokens)) + 1;
        var config = ModelShape.Find(options.Shape, context)!;
        var format = new CudaFormat { Weights = options.Format };
        var shard = new LlamaShard(config, 0, options.Ranks);
        int blockSize = CudaKernelRules.BlockSize(config.HeadSize), tokens = Math.Max(options.Prefill, batch * ModelBenchmark.EnginePrompt);
        long tokenBytes = format.CacheBytesPerToken(shard.Config);
        var pairs = options.Contexts.SelectMany(c => options.Batches.Select(b => (Batch: b, Context: c))).Where(p => p.Batch * BlocksOf(p.Context) * blockSize * tokenBytes <= MostCacheBytes).ToList();
        int blocks = pairs.Select(p => p.Batch * BlocksOf(p.Context)).Append(BlocksOf(options.Prefill)).Append(batch * BlocksOf(ModelBenchmark.EnginePrompt + ModelBenchmark.EngineTokens)).Max();
        var engineOptions = new LlmEngineOptions { CheckpointPath = "", ModelName = "random", WeightFormat = options.Format, MaxSequences = batch, MaxBatchedTokens = tokens, KvCacheBlocks = blocks };
        var sessionOptions = CudaLlamaLoader.SessionOptions(engineOptions, format, blocks, blockSize);
        CudaProbe.CheckDevices(options.Ranks);
        var nccl = options.Ranks == 1 ? null : NcclLibrary.Load();
        CudaProbe.Check(shard, format, batch, Device, CudaLlamaLoader.DeviceBytes(shard, sessionOptions), TimeProvider.System);

        progress.WriteLine($"measuring memory bandwidth, then making {options.Shape} {options.FormatName}");
        // Once: beside the model there may be no room for the copies.
        double bandwidth = DeviceBandwidth.Measure(Device);
        var session = nccl is null ? Create(sessionOptions, shard) : await StartAsync(options, engineOptions, config.ContextLength, nccl);
        var benchmark = new SessionBenchmark(session);
        List<DecodeResult> decode = [];
        foreach (var (b, c) in pairs)
        {
            progress.WriteLine($"decode, batch {b}, context {c}");
            decode.Add(new DecodeResult(b, c, b * c * tokenBytes, benchmark.Decode(b, c), [bandwidth]));
        }
        progress.WriteLine($"prefill, {options.Prefill} tokens");
        double prefill = benchmark.Prefill(options.Prefill);
        progress.WriteLine($"engine, batch {batch}");
        var (period, inModel) = await ModelBenchmark.RunEngineAsync(session, blocks, batch, tokens);
        return new BenchReport
        {
            Time = TimeProvider.System.GetUtcNow(),
            Shape = options.Shape,
            Format = options.FormatName,
            KvCacheFormat = "float16",
            Threads = 1,
            Ranks = options.Ranks,
            Spin = false,
            Processor = $"CUDA device of compute capability {CudaRuntime.ComputeCapability(Device) / 10.0:F1}",
            Kernel = "onnxruntime",
            Bandwidth = "that copies within the device reached before the model was made, the best pass",
            Load = load,
            StepBytes = CudaPlan.Weights(shard, format).Where(weight => LlamaWeights.IsReadWhole(config, weight.Name)).Sum(format.BytesOf),
            Decode = decode,
            PrefillTokens = options.Prefill,
            PrefillSeconds = prefill,
            EngineBatch = batch,
            EnginePeriod = period,
            EngineOverhead = (period - inModel) / period,
            PeakMemory = Machine.PeakMemory,
        };

        int BlocksOf(int count) => (count + blockSize - 1) / blockSize;
    }

    private static Task<RankGroup> StartAsync(BenchOptions options, LlmEngineOptions engine, int context, NcclLibrary nccl)
    {
        var assignment = new RankAssignment(0, options.Ranks, Device, nccl.CreateUniqueId(), RankGroup.StepTimeout);
        var model = new RankModel(engine, assignment) { Random = new RandomShape(options.Shape, context) };
        return RankGroup.StartAsync(model, new CudaRankLoader(TimeProvider.System), new ChildLauncher(RankCommand.Name), TimeProvider.System, NullLogger.Instance);
    }

    private static IStepModel Create(CudaLlamaOptions options, LlamaShard shard)
    {
        using var source = RandomWeights.For(shard.Whole, seed: 1);
        using var weights = CudaWeights.Load(source, shard, options.Format);
        return CudaLlamaLoader.Create(options, shard, weights);
    }
}

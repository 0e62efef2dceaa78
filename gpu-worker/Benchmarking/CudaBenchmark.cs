using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
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
        var config = ModelShape.Find(options.Shape, BenchPlan.ContextLength(options))!;
        var format = new CudaFormat { Weights = options.Format, Cache = options.KvCacheFormat };
        var shard = new LlamaShard(config, 0, options.Ranks);
        int blockSize = CudaKernelRules.BlockSize(config.HeadSize);
        var plan = BenchPlan.Of(options, blockSize, format.CacheBytesPerToken(shard.Config), MostCacheBytes);
        var engineOptions = new LlmEngineOptions
        {
            CheckpointPath = "",
            ModelName = "random",
            Device = EngineDevice.Cuda,
            WeightFormat = options.Format,
            KvCacheFormat = options.KvCacheFormat,
            MaxSequences = plan.MaxSequences,
            MaxBatchedTokens = plan.MaxTokens,
            KvCacheBlocks = plan.Blocks,
        };
        var sessionOptions = CudaLlamaLoader.SessionOptions(engineOptions, format, plan.Blocks, blockSize);
        CudaProbe.CheckDevices(options.Ranks);
        var nccl = options.Ranks == 1 ? null : NcclLibrary.Load();
        CudaProbe.Check(shard, format, plan.MaxSequences, Device, CudaLlamaLoader.DeviceBytes(shard, sessionOptions), TimeProvider.System);

        progress.WriteLine($"measuring memory bandwidth, then making {options.Shape} {options.FormatName}");
        // Once: beside the model there may be no room for the copies.
        double bandwidth = DeviceBandwidth.Measure(Device);
        var subject = new BenchSubject
        {
            Session = nccl is null ? Create(sessionOptions, shard) : await StartAsync(options, engineOptions, config.ContextLength, nccl),
            MostEngineBatch = plan.MaxSequences,
            ReadBandwidth = () => bandwidth,
            Bandwidth = "that copies within the device reached before the model was made, the best pass",
            StepBytes = CudaPlan.Weights(shard, format).Where(weight => LlamaWeights.IsReadWhole(config, weight.Name)).Sum(format.BytesOf),
            KvCacheFormat = format.IsCacheQuantized ? format.Cache.ToString().ToLowerInvariant() : "float16",
            KvCacheRange = format.IsCacheQuantized ? RandomWeights.CacheRange : null,
            Threads = 1,
            SpinMicroseconds = OnnxSessions.DefaultSpinMicroseconds,
            Processor = $"CUDA device of compute capability {CudaRuntime.ComputeCapability(Device) / 10.0:F1}",
            Kernel = "onnxruntime",
        };
        return await ModelMeasurement.RunAsync(options, plan, subject, load, progress);
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

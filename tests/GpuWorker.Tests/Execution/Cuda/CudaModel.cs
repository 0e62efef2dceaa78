using Serverless.GpuWorker.Calibration;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>A random Llama's CUDA session on the CPU: everything of it is real but the device's memory and paged attention.</summary>
internal sealed class CudaModel : IDisposable
{
    public const int Blocks = 64;

    private readonly Checkpoint _checkpoint;
    private readonly CudaWeights _weights;

    public CudaModel(RandomLlama model, CudaFormat format, bool useGraphs = true, int blockSize = 16, int maxSequences = 8)
    {
        _checkpoint = CudaLlamaLoader.Open(model.Folder, model.Config, format);
        var shard = new LlamaShard(model.Config);
        _weights = CudaWeights.Load(_checkpoint, shard, format);
        var options = new CudaLlamaOptions
        {
            Format = format,
            Blocks = Blocks,
            BlockSize = blockSize,
            MaxTokens = 128,
            MaxSequences = maxSequences,
            MaxSampledRows = 128,
            UseGraphs = useGraphs,
            AttentionDomain = PagedAttentionStandIn.Domain,
        };
        Session = new CudaLlamaSession(options, shard, _weights, Device, addOperators: o => PagedAttentionStandIn.Register(o, format.Cache));
    }

    public HostDevice Device { get; } = new();

    public CudaLlamaSession Session { get; }

    /// <summary>A shape that every format can have.</summary>
    public static LlamaConfig Shape(int kvHeads = 2, int group = 2, int headSize = 16) =>
        RandomLlama.Tiny(kvHeads, group, headSize) with { HiddenSize = 64, IntermediateSize = 96 };

    /// <summary>Writes the ranges of a text of random tokens into the model's folder.</summary>
    /// <param name="change">What is written in place of the ranges that were found.</param>
    public static void Calibrate(RandomLlama model, Func<CacheRanges, CacheRanges>? change = null)
    {
        using var session = LlamaSession.Load(CacheCalibration.Options(model.Folder, longest: model.Config.ContextLength));
        var calibration = new CacheCalibration(session);
        var random = new Random(5);
        for (int prompt = 0; prompt < 4; prompt++)
            calibration.Add([.. Enumerable.Range(0, model.Config.ContextLength).Select(_ => random.Next(model.Config.VocabularySize))], _ => { });

        CacheRangeFile.Write(CacheRangeFile.In(model.Folder), model.Config, [.. calibration.Ranges().Select(change ?? (ranges => ranges))]);
    }

    public void Dispose()
    {
        Session.Dispose();
        _weights.Dispose();
        _checkpoint.Dispose();
        Assert.Equal(0, Device.Allocations);
        Assert.True(Device.IsDisposed);
    }
}

using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
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
        Session = new CudaLlamaSession(options, shard, _weights, Device, addOperators: o => PagedAttentionStandIn.Register(o, format.IsCacheQuantized));
    }

    public HostDevice Device { get; } = new();

    public CudaLlamaSession Session { get; }

    /// <summary>A shape that every format can have.</summary>
    public static LlamaConfig Shape(int kvHeads = 2, int group = 2, int headSize = 16) =>
        RandomLlama.Tiny(kvHeads, group, headSize) with { HiddenSize = 64, IntermediateSize = 96 };

    public void Dispose()
    {
        Session.Dispose();
        _weights.Dispose();
        _checkpoint.Dispose();
        Assert.Equal(0, Device.Allocations);
        Assert.True(Device.IsDisposed);
    }
}

using System.Text;
using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>
/// The graph that goes to CUDA, loaded by ONNX Runtime on the CPU: schemas, types and shapes are inferred first, as they will be there; then
/// kernels are looked for, and that is where it must fail.
/// </summary>
public sealed class CudaGraphTests
{
    /// <summary>ONNX Runtime gives a float16 node without a CPU kernel float32 inputs, which PagedAttention's schema does not take: no other node is left over.</summary>
    [Theory]
    [InlineData(WeightFormat.Checkpoint, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Int8, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Int4, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Int4, KvCacheFormat.Int8)]
    [InlineData(WeightFormat.Int4, KvCacheFormat.Float8)]
    public void Load_Float16_LacksAKernelOfPagedAttentionAlone(WeightFormat weights, KvCacheFormat cache)
    {
        var error = Load(new CudaFormat { Activations = TensorType.F16, Weights = weights, Cache = cache });

        Assert.Matches(@"Type 'tensor\(float\)' of input parameter \(InsertedPrecisionFreeCast_\S+\) of operator \(PagedAttention\)", error.Message);
    }

    /// <summary>On the CPU few kernels take bfloat16; the first node without one is named.</summary>
    [Theory]
    [InlineData(WeightFormat.Checkpoint, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Int8, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Int4, KvCacheFormat.Int8)]
    public void Load_BFloat16_LacksNothingButKernels(WeightFormat weights, KvCacheFormat cache)
    {
        var error = Load(new CudaFormat { Activations = TensorType.BF16, Weights = weights, Cache = cache });

        Assert.StartsWith("[ErrorCode:NotImplemented] Could not find an implementation for ", error.Message, StringComparison.Ordinal);
    }

    /// <summary>With the parts of a vocabulary that is dealt out put together: what becomes of an operator of ours has no shape until it runs, and its types must fit all the same.</summary>
    [Theory]
    [InlineData(TensorType.F16, 128, @"Type 'tensor\(float\)' of input parameter \(InsertedPrecisionFreeCast_\S+\) of operator \(PagedAttention\)")]
    [InlineData(TensorType.BF16, 101, "Could not find an implementation for ")]
    public void Load_RankOfADealtOutVocabulary_LacksKernelsAlone(TensorType activations, int vocabulary, string lack)
    {
        using var model = new RandomLlama(CudaModel.Shape() with { VocabularySize = vocabulary }, seed: 1);
        using var checkpoint = Checkpoint.Open(model.Folder);
        var format = new CudaFormat { Activations = activations };
        var shard = new LlamaShard(model.Config, 1, 2, isVocabularySharded: true);
        using var weights = CudaWeights.Load(checkpoint, shard, format);
        using var device = new HostDevice();
        using var group = new NcclGroup(new FakeNccl(2), FakeNccl.Assignment(1), TimeProvider.System);
        nint operators = CudaOperators.CreateDomain(format.ActivationType, provider: null);

        var error = CollectiveRegistry<NcclGroup>.With(group, number => Assert.Throws<OnnxRuntimeException>(() => CudaSessions.Create(
            LlamaGraph.Build(shard, graph => new CudaLlamaNodes(graph, shard, weights, format, number)),
            weights.Tensors,
            device,
            options => OrtNativeApi.AddDomain(options.DangerousGetHandle(), operators))));

        Assert.Matches(lack, error.Message);
    }

    /// <summary>That the checks above are not of nothing: an input that is nowhere declared is found out before any kernel is looked for.</summary>
    [Fact]
    public void Load_QuantisedCacheWithoutScales_IsAnInvalidGraph()
    {
        var error = Load(new CudaFormat { Activations = TensorType.BF16, Cache = KvCacheFormat.Int8 }, new CudaFormat { Activations = TensorType.BF16 });

        Assert.DoesNotContain("Could not find an implementation", error.Message, StringComparison.Ordinal);
        Assert.Contains("k_scale", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The attributes that no schema checks, spelt as the kernel reads them.</summary>
    [Theory]
    [InlineData(KvCacheFormat.Float32, "NONE", "PER_CHANNEL")]
    [InlineData(KvCacheFormat.Int8, "PER_CHANNEL", "NONE")]
    [InlineData(KvCacheFormat.Float8, "PER_CHANNEL", "NONE")]
    public void Build_AnyCache_SaysHowItIsQuantised(KvCacheFormat cache, string said, string unsaid)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 1);
        using var checkpoint = Checkpoint.Open(model.Folder);
        var shard = new LlamaShard(model.Config);
        using var weights = CudaWeights.Load(checkpoint, shard, new CudaFormat());

        string graph = Encoding.Latin1.GetString(LlamaGraph.Build(shard, graph => new CudaLlamaNodes(graph, shard, weights, new CudaFormat { Cache = cache })));

        Assert.Equal(2 * 2, graph.Split(said).Length - 1);
        Assert.DoesNotContain(unsaid, graph, StringComparison.Ordinal);
    }

    /// <summary>CUDA's Clip takes bounds without dimensions alone (onnxruntime, core/providers/cuda/math/clip.cc), the CPU's also vectors of one: nothing here would notice.</summary>
    [Fact]
    public void Build_CandidatesInParts_ClipsBetweenNumbersWithoutDimensions()
    {
        using var model = new RandomLlama(CudaModel.Shape() with { VocabularySize = 2000 }, seed: 1);
        using var checkpoint = Checkpoint.Open(model.Folder);
        var shard = new LlamaShard(model.Config);
        using var weights = CudaWeights.Load(checkpoint, shard, new CudaFormat());

        string graph = Encoding.Latin1.GetString(LlamaGraph.Build(shard, graph => new CudaLlamaNodes(graph, shard, weights, new CudaFormat())));

        Assert.Equal(2, graph.Split("Clip.")[0].Split("\tvalue_int\u0018").Length - 1);
        Assert.Contains("Clip.", graph, StringComparison.Ordinal);
    }

    private static OnnxRuntimeException Load(CudaFormat format, CudaFormat? weightFormat = null)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 1, extra: tensors =>
        {
            for (int layer = 0; layer < 2; layer++)
            {
                tensors.Add(CudaWeightNames.CacheRange(layer, 'k'), 0, 2, 16);
                tensors.Add(CudaWeightNames.CacheRange(layer, 'v'), 0, 2, 16);
            }
        });
        using var checkpoint = Checkpoint.Open(model.Folder);
        var shard = new LlamaShard(model.Config);
        using var weights = CudaWeights.Load(checkpoint, shard, weightFormat ?? format);
        byte[] bytes = LlamaGraph.Build(shard, graph => new CudaLlamaNodes(graph, shard, weights, format));
        using var device = new HostDevice();
        return Assert.Throws<OnnxRuntimeException>(() => CudaSessions.Create(bytes, weights.Tensors, device, options => Float8View.Register(options, device.Provider)));
    }
}

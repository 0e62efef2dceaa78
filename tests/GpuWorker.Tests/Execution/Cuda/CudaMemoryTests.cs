using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>How a device's memory is divided before a model is there, and what is told of it when it is.</summary>
public sealed class CudaMemoryTests
{
    private const long GiB = 1L << 30;

    /// <summary>Of 7B, 2,048 tokens: three tensors of the hidden state and the MLP's three more and its output, with a quarter for holes, 241 MiB; 256 rows of logits; and of quantised weights the largest matrix more, lm_head.</summary>
    [Fact]
    public void Bytes_OfAKnownShape_AreWhatItsTensorsTake()
    {
        var shard = new LlamaShard(ModelShape.Find("7b", 4096)!);

        long step = CudaActivations.Bytes(shard, new CudaFormat(), tokens: 2048, rows: 128), int4 = CudaActivations.Bytes(shard, new CudaFormat { Weights = WeightFormat.Int4 }, 2048, 128);

        Assert.Equal((long)(1.25 * 2 * 2048 * ((4 * 4096) + (3 * 11_008))), step);
        Assert.Equal(step + (long)(1.25 * 2 * 4096 * 32_000), int4);
        Assert.Equal((long)(1.25 * ((2 * 3 * 4096) + (256 * 14 * 32_000L))), CudaActivations.Bytes(shard, new CudaFormat(), tokens: 1, rows: 256));
    }

    [Fact]
    public void Bytes_Ranks_TakeTheirPartsAndRankZeroTheRows()
    {
        var config = ModelShape.Find("70b", 4096)!;
        long Of(int rank, int ranks, int rows) => CudaActivations.Bytes(new LlamaShard(config, rank, ranks), new CudaFormat(), 512, rows);

        Assert.InRange(Of(0, 8, 1), 1, Of(0, 1, 1) / 2);
        Assert.True(Of(0, 8, 256) > Of(1, 8, 256));
        Assert.True(Of(1, 8, 256) > Of(1, 8, 1));
    }

    /// <summary>A tenth of the device is more than an ordinary step needs; one of tens of thousands of tokens gets what it needs, and the cache the rest.</summary>
    [Fact]
    public void WithCache_LargeSteps_LeaveTheirActivationsFree()
    {
        var config = ModelShape.Find("7b", 4096)!;
        var options = new LlmEngineOptions { CheckpointPath = "", ModelName = "7b", Device = EngineDevice.Cuda, KvCacheBytes = 0, MaxBatchedTokens = 2048, MaxSequences = 128 };
        long weights = CudaPlan.Bytes(new LlamaShard(config), new CudaFormat());

        Assert.Equal((long)(80 * GiB * 0.9) - weights, CudaLlamaLoader.WithCache(options, config, () => 80 * GiB).KvCacheBytes);
        var large = options with { MaxBatchedTokens = 65_536 };
        long activations = CudaActivations.Bytes(new LlamaShard(config), new CudaFormat(), 65_536, 128);
        Assert.True(activations > 4 * GiB);
        Assert.Equal((long)(80 * GiB * 0.95) - activations - weights, CudaLlamaLoader.WithCache(large, config, () => 80 * GiB).KvCacheBytes);

        var error = Assert.Throws<CudaUnavailableException>(() => CudaLlamaLoader.WithCache(large, config, () => 20 * GiB));
        Assert.Contains("Worker:MaxBatchedTokens=65536", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Weights are counted, and what graphs and NCCL need is left out of it; but never less than the largest step is taken to need, or the start would fail for want of what is there.</summary>
    [Theory]
    [InlineData(80, 60)]
    [InlineData(80, 1)]
    [InlineData(24, 8)]
    public void ArenaBytes_AnyCache_LeavesRoomBesideTheCacheAndForTheStep(int total, int cache)
    {
        var shard = new LlamaShard(ModelShape.Find("7b", 4096)!);
        var format = new CudaFormat();
        int blocks = (int)(cache * GiB / (128 * format.CacheBytesPerToken(shard.Config)));
        var options = new CudaLlamaOptions { Format = format, Blocks = blocks, BlockSize = 128, MaxTokens = 2048, MaxSequences = 128 };
        long needed = CudaPlan.Bytes(shard, format) + CudaActivations.Bytes(shard, format, 2048, 128), left = (long)(total * GiB * 0.95) - CudaLlamaLoader.CacheBytes(shard, options);

        Assert.Equal(Math.Max(needed, left), CudaLlamaLoader.ArenaBytes(shard, options, total * GiB));
    }

    [Fact]
    public async Task Status_OfAnEngineOnADevice_SaysWhatItTook()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 5);
        using var cuda = new CudaModel(model, new CudaFormat());
        long free = cuda.Device.FreeBytes;
        // As graphs would.
        cuda.Device.Take(1000);
        var options = new LlmEngineOptions { CheckpointPath = "", ModelName = "tiny", MaxSequences = 8, MaxBatchedTokens = 64 };

        await using var engine = new LlmEngine(new TimedSteps(cuda.Session), options, CudaModel.Blocks, eosTokens: [], TimeProvider.System, NullLogger<LlmEngine>.Instance);

        var memory = engine.GetLoad().DeviceMemory!.Value;
        Assert.Equal((CudaPlan.Bytes(new LlamaShard(model.Config), new CudaFormat()), 1000, free - 1000), (memory.Weights, memory.Steps, memory.Free));
        Assert.Equal((CudaModel.Blocks + PaddedStep.ReservedBlocks) * 16 * new CudaFormat().CacheBytesPerToken(model.Config), memory.Cache);
    }
}

using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

public sealed class CudaProbeTests
{
    [Fact]
    public void Require_MissingLibraries_NamesThemAndTheSetting()
    {
        var missing = CudaLibraries.Missing(name => name is not ("libcudart.so.13" or "libcudnn.so.9"));

        var error = Assert.Throws<CudaUnavailableException>(() => CudaProbe.Require(missing));

        Assert.StartsWith("Worker:Device=cuda: the CUDA provider could not be loaded: libcudart.so.13, libcudnn.so.9 are missing.", error.Message, StringComparison.Ordinal);
        Assert.Contains("Worker:Device=cpu", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_NothingMissing_IsContent() => CudaProbe.Require([]);

    [Fact]
    public void Validate_CudaSettings_NameWhatIsPermitted()
    {
        var options = new WorkerOptions
        {
            Llama = Path.GetTempPath(),
            Device = GpuWorker.Execution.EngineDevice.Cuda,
            Ranks = 2,
            MaxSequences = 300,
            MaxBatchedTokens = 512,
            KvCacheFormat = KvCacheFormat.Int8,
        };

        var errors = WorkerOptionsValidator.Validate(options);

        Assert.DoesNotContain(errors, error => error.StartsWith("Worker:Ranks must", StringComparison.Ordinal));
        Assert.Contains("Worker:MaxSequences must be from 1 to 256 with Worker:Device=cuda.", errors);
        Assert.Contains(CacheRangeFile.Missing(options.Llama, KvCacheFormat.Int8), errors);
        Assert.Equal(CudaLibraries.Missing().Count > 0, errors.Any(error => error.Contains("could not be loaded", StringComparison.Ordinal)));
    }

    [Fact]
    public void Validate_QuantisedCacheWithRanges_IsPermitted()
    {
        string folder = Directory.CreateTempSubdirectory("ranges-").FullName;
        var options = new WorkerOptions { Llama = folder, Device = GpuWorker.Execution.EngineDevice.Cuda, KvCacheFormat = KvCacheFormat.Int8 };
        CacheRangeFile.Write(CacheRangeFile.In(folder), CudaModel.Shape(), [CacheRanges.Empty(CudaModel.Shape())]);

        Assert.DoesNotContain(WorkerOptionsValidator.Validate(options), error => error.Contains("KvCacheFormat", StringComparison.Ordinal));
        Assert.DoesNotContain(WorkerOptionsValidator.Validate(options with { KvCacheFormat = KvCacheFormat.Float32 }), error => error.Contains("KvCacheFormat", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(WeightFormat.Checkpoint, 16, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Checkpoint, 16, KvCacheFormat.Int8)]
    [InlineData(WeightFormat.Int8, 64, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Int4, 128, KvCacheFormat.Int8)]
    [InlineData(WeightFormat.Checkpoint, 32, KvCacheFormat.Float8)]
    public void TryGraph_OperatorsThatAreThere_RunsOneStep(WeightFormat weights, int headSize, KvCacheFormat cache)
    {
        var device = new HostDevice();

        CudaProbe.TryGraph(new LlamaShard(CudaModel.Shape(headSize: headSize)), new CudaFormat { Weights = weights, Cache = cache }, () => device, options => PagedAttentionStandIn.Register(options, cache), PagedAttentionStandIn.Domain);

        Assert.Equal(0, device.Allocations);
        Assert.True(device.IsDisposed);
    }

    /// <summary>A rank's probe sums and gathers in a group of its own.</summary>
    [Theory]
    [InlineData(WeightFormat.Checkpoint, true)]
    [InlineData(WeightFormat.Int8, true)]
    [InlineData(WeightFormat.Checkpoint, false)]
    public void TryGraph_Rank_GoesThroughNcclAndLeavesIt(WeightFormat weights, bool isVocabularySharded)
    {
        var (device, nccl) = (new HostDevice(), new FakeNccl(1));
        int sums = 0;
        nccl.BeforeSum = _ => sums++;

        TryRank(device, () => Alone(nccl), weights, isVocabularySharded);

        Assert.Equal(2, sums);
        Assert.Equal(isVocabularySharded ? [2048] : [], nccl.Gathers);
        Assert.Equal((1, 0, true), (nccl.Aborts, device.Allocations, device.IsDisposed));
    }

    [Fact]
    public void TryGraph_NcclThatDoesNotGather_SaysSo()
    {
        var device = new HostDevice();

        var error = Assert.Throws<CudaUnavailableException>(() => TryRank(device, () => Alone(new FakeNccl(1) { GatherResult = (NcclResult)5 }), WeightFormat.Checkpoint, isVocabularySharded: true));

        Assert.StartsWith("Worker:Device=cuda: a probe of one layer (F16, Checkpoint, head_dim 16) cannot be run:", error.Message, StringComparison.Ordinal);
        Assert.Contains("Rank 0: a gather failed: result 5.", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, true), (device.Allocations, device.IsDisposed));
    }

    [Fact]
    public void TryGraph_NcclThatCannotBeJoined_SaysSoAndLetsGoOfTheDevice()
    {
        var device = new HostDevice();

        var error = Assert.Throws<CudaUnavailableException>(
            () => TryRank(device, () => Alone(new FakeNccl(1) { State = () => (NcclResult)2 }), WeightFormat.Checkpoint, isVocabularySharded: true));

        Assert.Contains("Rank 0: joining failed: result 2.", error.Message, StringComparison.Ordinal);
        Assert.True(device.IsDisposed);
    }

    [Fact]
    public void TryGraph_OperatorThatIsNotThere_SaysWhichAndWhatIsNeeded()
    {
        var device = new HostDevice();

        var error = Assert.Throws<CudaUnavailableException>(() => CudaProbe.TryGraph(new LlamaShard(CudaModel.Shape()), new CudaFormat(), () => device, null));

        Assert.StartsWith("Worker:Device=cuda: a probe of one layer (F16, Checkpoint, head_dim 16) cannot be run:", error.Message, StringComparison.Ordinal);
        Assert.Contains("PagedAttention", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, device.Allocations);
        Assert.True(device.IsDisposed);
    }

    [Fact]
    public void TryGraph_ProviderWithoutFloat8_NamesTheSettingAndTheWayOut()
    {
        var error = Assert.Throws<CudaUnavailableException>(() => CudaProbe.TryGraph(
            new LlamaShard(CudaModel.Shape()), new CudaFormat { Cache = KvCacheFormat.Float8 }, () => new HostDevice(), options => PagedAttentionStandIn.Register(options, KvCacheFormat.Int8), PagedAttentionStandIn.Domain));

        Assert.Contains("head_dim 16, float8 cache) cannot be run:", error.Message, StringComparison.Ordinal);
        Assert.Contains("Worker:KvCacheFormat=float8 needs one that was built with onnxruntime_USE_FP8_KV_CACHE: int8 takes as little memory.", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The provider's kernel converts in software where the device cannot, so an A100 is no exception.</summary>
    [Theory]
    [InlineData(80)]
    [InlineData(86)]
    [InlineData(90)]
    public void Check_Float8_IsPermittedWhereverPagedAttentionIs(int capability) =>
        Assert.Empty(CudaKernelRules.Check(CudaModel.Shape(), new CudaFormat { Cache = KvCacheFormat.Float8 }, 16, capability));

    [Fact]
    public void Validate_Float8OnTheCpu_NamesWhatIsPermitted()
    {
        var options = new WorkerOptions { Llama = Path.GetTempPath(), KvCacheFormat = KvCacheFormat.Float8 };

        Assert.Contains("Worker:KvCacheFormat must be float32 or int8 with Worker:Device=cpu: float8 is CUDA's, and int8 takes as little memory.", WorkerOptionsValidator.Validate(options));
        Assert.Contains(
            "KvCacheFormat is out of range: float32 or int8 on the CPU.",
            Assert.Throws<ArgumentException>(new GpuWorker.Execution.LlmEngineOptions { CheckpointPath = "", ModelName = "", KvCacheFormat = KvCacheFormat.Float8 }.Validate).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(70, 16, 128, "compute capability 7.0; 8.0 or later")]
    [InlineData(80, 257, 128, "Worker:MaxSequences is 257")]
    [InlineData(90, 16, 264, "head_dim is 264")]
    public void Check_WhatTheKernelsCannotDo_IsNamed(int capability, int maxSequences, int headSize, string part)
    {
        var error = Assert.Single(CudaKernelRules.Check(CudaModel.Shape(headSize: headSize), new CudaFormat(), maxSequences, capability));

        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0, "Worker:Device=cuda: no CUDA device was found")]
    [InlineData(2, 1, "Worker:Ranks is 2 and 1 CUDA device was found (CUDA_VISIBLE_DEVICES may hide some): each rank has one of its own, so use 1.")]
    [InlineData(8, 4, "Worker:Ranks is 8 and 4 CUDA devices were found (CUDA_VISIBLE_DEVICES may hide some): each rank has one of its own, so use 1 or 2 or 4.")]
    [InlineData(4, 3, "Worker:Ranks is 4 and 3 CUDA devices were found (CUDA_VISIBLE_DEVICES may hide some): each rank has one of its own, so use 1 or 2.")]
    public void TooFewDevices_NamesTheSettingAndTheNumberFound(int ranks, int devices, string said) =>
        Assert.StartsWith(said, CudaKernelRules.TooFewDevices(ranks, devices), StringComparison.Ordinal);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(8, 8)]
    public void TooFewDevices_Enough_IsContent(int ranks, int devices) => Assert.Null(CudaKernelRules.TooFewDevices(ranks, devices));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(16)]
    public void Validate_RanksThatThereAreNone_NamesThoseThatThereAre(int ranks) => Assert.Contains(
        "Worker:Ranks must be 1, 2, 4 or 8.",
        WorkerOptionsValidator.Validate(new WorkerOptions { Llama = Path.GetTempPath(), Device = GpuWorker.Execution.EngineDevice.Cuda, Ranks = ranks, AllowOversubscription = true }));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Validate_RanksOnCuda_ArePermittedButForWhatIsMissing(int ranks) => Assert.All(
        WorkerOptionsValidator.Validate(new WorkerOptions { Llama = Path.GetTempPath(), Device = GpuWorker.Execution.EngineDevice.Cuda, Ranks = ranks, AllowOversubscription = true }),
        error => Assert.Contains("could not be loaded", error, StringComparison.Ordinal));

    private static NcclGroup Alone(FakeNccl nccl) => new(nccl, FakeNccl.Assignment(1, 2).Alone(nccl.CreateUniqueId()), new ManualTimeProvider());

    private static void TryRank(HostDevice device, Func<NcclGroup> join, WeightFormat weights, bool isVocabularySharded) => CudaProbe.TryGraph(
        new LlamaShard(CudaModel.Shape() with { VocabularySize = 128 }, 1, 2, isVocabularySharded),
        new CudaFormat { Weights = weights },
        () => device,
        options => StandInRankLoader.AddOperators(options, KvCacheFormat.Float32),
        PagedAttentionStandIn.Domain,
        join);

    [Theory]
    [InlineData(64, 256)]
    [InlineData(128, 128)]
    [InlineData(256, 128)]
    public void BlockSize_IsWhatFlashAttentionReadsInPlace(int headSize, int blockSize) => Assert.Equal(blockSize, CudaKernelRules.BlockSize(headSize));

    /// <summary>The key is that of onnxruntime/contrib_ops/cuda/quantization/matmul_nbits.h; without it quantised weights become float16 at every larger step.</summary>
    [Fact]
    public void Entries_Sessions_MultiplyQuantisedWeightsAsTheyAre() => Assert.Equal("1", CudaSessions.Entries["ep.cuda.fpa_intb_gemm"]);

    [Fact]
    public void Create_ProviderOptions_HaveGraphsAndTheStream()
    {
        var options = CudaProviderOptions.Create(device: 3, stream: 4096, arenaBytes: 0, useGraphs: true);

        Assert.Equal(("3", "4096", "1", "0"), (options["device_id"], options["user_compute_stream"], options["enable_cuda_graph"], options["use_tf32"]));
        Assert.DoesNotContain("gpu_mem_limit", options.Keys);
        Assert.Equal("68719476736", CudaProviderOptions.Create(device: 0, stream: 1, arenaBytes: 1L << 36, useGraphs: true)["gpu_mem_limit"]);
    }
}

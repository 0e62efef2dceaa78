using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>Ranks of the CUDA graph on the CPU, with the operator AllReduce as it is and NCCL stood in for.</summary>
public sealed class CudaRankTests
{
    [Theory]
    [InlineData(2, WeightFormat.Checkpoint, KvCacheFormat.Float32)]
    [InlineData(4, WeightFormat.Checkpoint, KvCacheFormat.Float32)]
    [InlineData(2, WeightFormat.Int8, KvCacheFormat.Float32)]
    [InlineData(4, WeightFormat.Checkpoint, KvCacheFormat.Int8)]
    [InlineData(2, WeightFormat.Checkpoint, KvCacheFormat.Float8)]
    public async Task Run_Ranks_EqualReference(int ranks, WeightFormat weights, KvCacheFormat cache)
    {
        var format = new CudaFormat { Weights = weights, Cache = cache };
        using var model = new RandomLlama(CudaModel.Shape(4, 2, 16) with { IntermediateSize = 160 }, seed: ranks);
        if (format.IsCacheQuantized)
            CudaModel.Calibrate(model);

        var nccl = new FakeNccl(ranks);
        int[] tokens = Tokens(20);

        float[][][] logits = await Task.WhenAll(Enumerable.Range(0, ranks).Select(rank => OnThread(() =>
        {
            using var own = Start(model, nccl, rank, ranks, format);
            own.Run(Prefill(tokens[..12]));
            return own.Run(Prefill(tokens)).ToArray().Chunk(model.Config.VocabularySize).ToArray();
        })));

        double[][] expected = model.Reference.Logits(tokens);
        double most = expected.Max(row => row.Max(Math.Abs));
        double distance = expected[^1].Zip(logits[0][0], (e, a) => Math.Abs(e - a)).Max() / most;
        Assert.InRange(distance, 0, weights == WeightFormat.Checkpoint && !format.IsCacheQuantized ? 0.015 : 0.05);
    }

    [Fact]
    public async Task Run_RankThatFails_EndsTheStepOnAllThatShareItsGroup()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);
        var nccl = new FakeNccl(2);
        nccl.BeforeSum = rank =>
        {
            if (rank == 1)
                throw new InvalidOperationException("A fault of a test.");
        };

        Exception?[] failures = await Task.WhenAll(Enumerable.Range(0, 2).Select(rank => OnThread(() =>
        {
            using var own = Start(model, nccl, rank, 2, new CudaFormat());
            return Record.Exception(() => { own.Run(Prefill([1, 2, 3])); });
        })));

        Assert.IsType<RankGroupFailedException>(failures[1]);
        Assert.Contains("Rank 1 failed", failures[1]!.Message, StringComparison.Ordinal);
    }

    /// <summary>The operator as it is registered for CUDA: a session on the CPU finds its schema, and no kernel.</summary>
    [Fact]
    public void Register_ForCuda_IsNoOperatorOfTheCpus()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);

        var error = Assert.Throws<OnnxRuntimeException>(() => Start(model, new FakeNccl(2), 0, 2, new CudaFormat(), options =>
        {
            CudaOperators.Register(options, TensorElementType.Float16);
            PagedAttentionStandIn.Register(options, KvCacheFormat.Float32);
        }));

        Assert.Contains("AllReduce", error.Message, StringComparison.Ordinal);
    }

    private static CudaRank Start(RandomLlama model, FakeNccl nccl, int rank, int ranks, CudaFormat format, Action<SessionOptions>? addOperators = null)
    {
        var shard = new LlamaShard(model.Config, rank, ranks, isVocabularySharded: false);
        using var checkpoint = CudaLlamaLoader.Open(model.Folder, model.Config, format);
        using var weights = CudaWeights.Load(checkpoint, shard, format);
        var options = new CudaLlamaOptions { Format = format, Blocks = 8, BlockSize = 16, MaxTokens = 32, MaxSequences = 2, AttentionDomain = PagedAttentionStandIn.Domain };
        var group = new NcclGroup(nccl, FakeNccl.Assignment(rank, ranks), new ManualTimeProvider());
        return new CudaRank(options, shard, weights, new HostDevice(), group, addOperators ?? (options => StandInRankLoader.AddOperators(options, format.Cache)));
    }

    private static StepInputs Prefill(int[] tokens) => new()
    {
        InputIds = tokens,
        CumulativeLengths = (int[])[0, tokens.Length],
        PastLengths = (int[])[0],
        BlockTable = (int[])[2, 5, -1, -1, -1, -1],
        SlotMapping = (int[])[.. Enumerable.Range(0, tokens.Length).Select(t => ((t < 16 ? 2 : 5) * 16) + (t % 16))],
        SampledRows = (int[])[tokens.Length - 1],
    };

    private static int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(i => (7 * i) % 101)];

    /// <summary>A rank waits for the others, so each has a thread of its own.</summary>
    private static Task<T> OnThread<T>(Func<T> body) => Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

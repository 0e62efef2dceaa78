using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>Ranks of the CUDA graph on the CPU, with the operators AllReduce and AllGather as they are and NCCL stood in for.</summary>
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

    /// <summary>
    /// A row of lm_head is multiplied alike wherever it lies, and a gather rounds nothing, so dealing it out changes no bit; prompts, chunks and decode steps of each bucket, padded ones too. (Not so on
    /// this device the columns of a float16 Gemm that fill no vector, as 101 has one: those go with quantised weights.)
    /// </summary>
    [Theory]
    [InlineData(2, WeightFormat.Checkpoint, 128)]
    [InlineData(4, WeightFormat.Checkpoint, 128)]
    [InlineData(2, WeightFormat.Int8, 128)]
    [InlineData(4, WeightFormat.Int4, 128)]
    [InlineData(2, WeightFormat.Int4, 101)]
    [InlineData(4, WeightFormat.Int8, 101)]
    public async Task Run_LmHeadDealtOut_EqualsLmHeadOnRankZero(int ranks, WeightFormat format, int vocabulary)
    {
        using var model = new RandomLlama(CudaModel.Shape(4, 2, 16) with { VocabularySize = vocabulary, IntermediateSize = 160 }, seed: ranks);
        var (alone, nccl) = (new FakeNccl(ranks), new FakeNccl(ranks));

        float[] onRankZero = (await OnRanksAsync(ranks, rank => Start(model, alone, rank, ranks, new CudaFormat { Weights = format }), Steps))[0];
        float[][] dealtOut = await OnRanksAsync(ranks, rank => Start(model, nccl, rank, ranks, new CudaFormat { Weights = format }, isVocabularySharded: true), Steps);

        // As the float16 that they are: where a Gemm goes straight on to the cast, ONNX Runtime leaves the rounding between the two out.
        Assert.Equal(onRankZero.Select(logit => (Half)logit), dealtOut[0].Select(logit => (Half)logit));
        Assert.True(onRankZero.All(float.IsFinite) && onRankZero.Distinct().Count() > 1000);
        Assert.All(dealtOut[1..], Assert.Empty);
        // Rows of the steps: a prompt's, two sequences', and those of buckets of 1, 2, 4 and 4.
        Assert.Equal(new[] { 7, 12, 1, 2, 4, 4 }.Select(rows => (long)rows * VocabularySharding.Part(vocabulary, ranks, 0)!.Value.Rows), nccl.Gathers);
    }

    /// <summary>The order of sums differs between one rank and several, by float16's last bits: the best token is the same, or as good to within them.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Run_LmHeadDealtOut_ChoosesTheTokensOfOneRank(int ranks)
    {
        using var model = new RandomLlama(CudaModel.Shape(4, 2, 16) with { VocabularySize = 128, IntermediateSize = 160 }, seed: 6);
        var nccl = new FakeNccl(ranks);
        float[][] alone;
        using (var whole = new CudaModel(model, new CudaFormat()))
            alone = Greedy(whole.Session, null);

        int[] tokens = [.. alone.Select(Best)];

        float[][][] together = await OnRanksAsync(ranks, rank => Start(model, nccl, rank, ranks, new CudaFormat(), isVocabularySharded: true), own => Greedy(own, tokens));

        int[] chosen = [.. together[0].Select(Best)];
        Assert.Equal(tokens.Length, chosen.Length);
        Assert.All(alone.Zip(chosen), pair => Assert.InRange(pair.First.Max() - pair.First[pair.Second], 0, 0.005 * pair.First.Max(Math.Abs)));
        Assert.InRange(tokens.Zip(chosen).Count(pair => pair.First == pair.Second), tokens.Length - 1, tokens.Length);
        Assert.True(tokens.Distinct().Count() > 5);
    }

    [Fact]
    public async Task Run_RankThatFailsInTheGather_EndsTheStepOnAllThatShareItsGroup()
    {
        using var model = new RandomLlama(CudaModel.Shape() with { VocabularySize = 128 }, seed: 3);
        var nccl = new FakeNccl(2)
        {
            BeforeGather = rank =>
            {
                if (rank == 1)
                    throw new InvalidOperationException("A fault of a test.");
            },
        };

        Exception?[] failures = await OnRanksAsync(
            2, rank => Start(model, nccl, rank, 2, new CudaFormat(), isVocabularySharded: true), own => Record.Exception(() => { own.Run(Prefill([1, 2, 3])); }));

        Assert.Contains("Rank 1 failed", Assert.IsType<RankGroupFailedException>(failures[1]).Message, StringComparison.Ordinal);
        Assert.Empty(nccl.Gathers);
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

    private static float[] Steps(CudaRank rank)
    {
        int[] a = Tokens(20), b = [.. Tokens(20).Select(token => token + 5)], c = [.. Tokens(20).Select(token => token + 9)], d = [.. Tokens(20).Reverse()];
        var runner = new PagedRunner(rank, 32, seed: 1);
        float[][][][] steps =
        [
            runner.Step((0, a[..7])),
            runner.Step((0, a[7..10]), (1, b[..9])),
            runner.Step((0, a[10..11])),
            runner.Step((0, a[11..12]), (1, b[9..10])),
            runner.Step((1, b[10..11]), (2, c[..1]), (0, a[12..13])),
            runner.Step((0, a[13..14]), (1, b[11..12]), (2, c[1..2]), (3, d[..1])),
        ];
        return [.. steps.SelectMany(step => step).SelectMany(rows => rows).SelectMany(row => row)];
    }

    /// <summary>The logits after a prompt and after each token that is best then.</summary>
    /// <param name="known">Those tokens, for ranks that do not see logits; null finds them.</param>
    private static float[][] Greedy(IStepModel rank, int[]? known)
    {
        var runner = new PagedRunner(rank, 32, seed: 1);
        int[] next = Tokens(9);
        List<float[]> logits = [];
        for (int i = 0; i < 16; i++)
        {
            logits.AddRange(runner.Step((0, next))[0].TakeLast(1));
            next = [known?[i] ?? Best(logits[^1])];
        }
        return [.. logits];
    }

    private static int Best(float[] row) => Array.IndexOf(row, row.Max());

    private static Task<T[]> OnRanksAsync<T>(int ranks, Func<int, CudaRank> start, Func<CudaRank, T> body) => Task.WhenAll(Enumerable.Range(0, ranks).Select(rank => OnThread(() =>
    {
        using var own = start(rank);
        return body(own);
    })));

    private static CudaRank Start(
        RandomLlama model, FakeNccl nccl, int rank, int ranks, CudaFormat format, Action<SessionOptions>? addOperators = null, bool isVocabularySharded = false)
    {
        var shard = new LlamaShard(model.Config, rank, ranks, isVocabularySharded);
        using var checkpoint = CudaLlamaLoader.Open(model.Folder, model.Config, format);
        using var weights = CudaWeights.Load(checkpoint, shard, format);
        var options = new CudaLlamaOptions { Format = format, Blocks = 32, BlockSize = 16, MaxTokens = 32, MaxSequences = 4, MaxSampledRows = 32, AttentionDomain = PagedAttentionStandIn.Domain };
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

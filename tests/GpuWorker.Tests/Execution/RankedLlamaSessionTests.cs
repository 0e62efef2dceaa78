using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution;

public sealed class RankedLlamaSessionTests
{
    private const int Blocks = 200;

    /// <summary>Grouped-query and multi-head attention, key-value heads as many as ranks and more, MLPs that divide evenly and that do not.</summary>
    [Theory]
    [InlineData(2, 2, 2, 16, 64)]
    [InlineData(2, 2, 1, 16, 56)]
    [InlineData(2, 4, 2, 8, 96)]
    [InlineData(2, 8, 1, 24, 56)]
    [InlineData(4, 4, 2, 16, 128)]
    [InlineData(4, 4, 1, 16, 56)]
    [InlineData(4, 8, 1, 8, 160)]
    [InlineData(8, 8, 2, 8, 72)]
    public void Run_AnyLayout_EqualsOneRankAndTheReference(int ranks, int kvHeads, int group, int headSize, int channels)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(kvHeads, group, headSize) with { IntermediateSize = channels }, seed: channels + ranks);
        int[] tokens = Tokens(37, 1);

        float[][] alone = One(model, WeightFormat.Float32, runner => runner.Step((0, tokens))[0]);
        float[][] together = Ranked(model, ranks, WeightFormat.Float32, runner => runner.Step((0, tokens))[0]);

        Assert.InRange(Distance(alone, together), 0, 1e-5);
        double[][] expected = model.Reference.Logits(tokens);
        for (int t = 0; t < tokens.Length; t++)
            for (int v = 0; v < expected[t].Length; v++)
                Assert.Equal(expected[t][v], together[t][v], 1e-4);
    }

    [Theory]
    [InlineData(2, WeightFormat.Float32)]
    [InlineData(4, WeightFormat.Float32)]
    [InlineData(2, WeightFormat.Checkpoint)]
    public void Run_ChunkedAndMixedBatches_EqualOneRankAndDoNotDependOnTheBatch(int ranks, WeightFormat format)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(4, 2, 16), seed: 5, format == WeightFormat.Checkpoint ? TensorType.BF16 : TensorType.F32);
        int[] first = Tokens(41, 1), second = Tokens(23, 2);

        float[][] alone = One(model, format, Chunks);
        float[][] together = Ranked(model, ranks, format, Chunks);
        float[][] whole = Ranked(model, ranks, format, runner => [.. runner.Step((0, first))[0], .. runner.Step((1, second))[0]]);

        Assert.InRange(Distance(alone, together), 0, 1e-5);
        Assert.Equal(whole.SelectMany(row => row).Select(BitConverter.SingleToInt32Bits), together.SelectMany(row => row).Select(BitConverter.SingleToInt32Bits));

        float[][] Chunks(PagedRunner runner)
        {
            List<float[]> a = [], b = [];
            a.AddRange(runner.Step((0, first[..17]))[0]);
            var step = runner.Step((0, first[17..18]), (1, second[..20]));
            a.AddRange(step[0]);
            b.AddRange(step[1]);
            step = runner.Step((1, second[20..]), (0, first[18..40]));
            b.AddRange(step[0]);
            a.AddRange(step[1]);
            a.AddRange(runner.Step((0, first[40..]))[0]);
            return [.. a, .. b];
        }
    }

    /// <summary>
    /// Slices are quantised in the whole's blocks, so only the order of sums differs. Where a last bit carries an activation over to its next
    /// eight-bit level, the answer differs as by quantisation: seldom, so most models agree, and by no more than the format's own error.
    /// </summary>
    [Theory]
    [InlineData(2, WeightFormat.Int8, 96, 0.05)]
    [InlineData(4, WeightFormat.Int8, 160, 0.05)]
    [InlineData(2, WeightFormat.Int4, 96, 0.1)]
    public void Run_QuantisedWeights_EqualOneRankSaveForRoundingOfActivations(int ranks, WeightFormat format, int channels, double bound)
    {
        int[] tokens = Tokens(24, 2);
        double[] distances = [.. Enumerable.Range(1, 5).Select(seed =>
        {
            using var model = new RandomLlama(RandomLlama.Tiny(4, 2, 16) with { HiddenSize = 64, IntermediateSize = channels }, seed);
            float[][] alone = One(model, format, runner => runner.Step((0, tokens))[0]);
            return Distance(alone, Ranked(model, ranks, format, runner => runner.Step((0, tokens))[0]));
        }).Order()];

        Assert.InRange(distances[2], 0, 1e-5);
        Assert.InRange(distances[^1], 0, bound);
    }

    /// <summary>A head's keys and values are quantised by themselves, so ranks round as one does, save where a last bit carries a number over.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Run_Int8KvCache_EqualsOneRankSaveForRounding(int ranks)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(4, 2, 16), seed: 7);
        int[] tokens = Tokens(37, 1);

        float[][] alone = One(model, WeightFormat.Float32, runner => runner.Step((0, tokens))[0], KvCacheFormat.Int8);
        float[][] together = Ranked(model, ranks, WeightFormat.Float32, runner => runner.Step((0, tokens))[0], KvCacheFormat.Int8);

        Assert.InRange(Distance(alone, together), 0, 0.01);
    }

    [Fact]
    public void Load_QuantisedSliceOfPartOfABlock_NamesTheNumbers()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(4, 1, 8) with { HiddenSize = 64, IntermediateSize = 128 }, seed: 6);

        var error = Assert.Throws<CheckpointException>(() => RankedLlamaSession.Load(Options(model, WeightFormat.Int8), 4, TimeProvider.System));

        Assert.Contains("o_proj.weight has 32 columns, of which a rank has 8; Int8 needs a multiple of 32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TiedEmbeddings_EqualsTheReference()
    {
        using var model = new RandomLlama(RandomLlama.Tiny() with { TiedEmbeddings = true }, seed: 8);
        int[] tokens = Tokens(12, 2);

        float[][] together = Ranked(model, 2, WeightFormat.Float32, runner => runner.Step((0, tokens))[0]);

        Assert.InRange(Distance([.. model.Reference.Logits(tokens).Select(row => row.Select(v => (float)v).ToArray())], together), 0, 1e-5);
    }

    /// <summary>A row of lm_head is multiplied alike wherever it lies, so dealing it out changes no bit.</summary>
    [Theory]
    [InlineData(2, WeightFormat.Float32, 128)]
    [InlineData(4, WeightFormat.Float32, 128)]
    [InlineData(2, WeightFormat.Int4, 128)]
    [InlineData(4, WeightFormat.Int8, 128)]
    [InlineData(2, WeightFormat.Float32, 101)]
    [InlineData(4, WeightFormat.Int8, 101)]
    public void Run_LmHeadDealtOut_EqualsLmHeadOnOneRank(int ranks, WeightFormat format, int vocabulary)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(4, 4, 16) with { VocabularySize = vocabulary, HiddenSize = 64, IntermediateSize = 128 }, seed: ranks);
        int[] tokens = Tokens(24, 2);

        float[][] onOne = Ranked(model, ranks, format, runner => runner.Step((0, tokens))[0], shardVocabulary: false);
        float[][] dealtOut = Ranked(model, ranks, format, runner => runner.Step((0, tokens))[0], shardVocabulary: true);

        Assert.Equal(onOne.SelectMany(row => row).Select(BitConverter.SingleToInt32Bits), dealtOut.SelectMany(row => row).Select(BitConverter.SingleToInt32Bits));
        Assert.True(dealtOut.All(row => row.All(float.IsFinite) && row.Distinct().Count() > 90));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 3)]
    public void Run_RankThatThrows_FailsTheGroupForGood(int faultyRank, int call)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(), seed: 5);
        using var session = RankedLlamaSession.Load(
            Options(model, WeightFormat.Float32),
            2,
            new ManualTimeProvider(),
            collective => collective.Rank == faultyRank ? new FaultyCollective(collective, at => ThrowAt(at, call)) : collective);
        var runner = new PagedRunner(session, Blocks, 1);

        var error = Assert.Throws<RankGroupFailedException>(() => runner.Step((0, [1, 2, 3])));

        Assert.Contains($"Rank {faultyRank}", error.Message, StringComparison.Ordinal);
        Assert.Throws<RankGroupFailedException>(() => runner.Step((1, [1, 2, 3])));
    }

    [Fact]
    public void Run_RankThatStopsArriving_FailsTheGroupWhenTheTimeIsOver()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(), seed: 5);
        using var released = new ManualResetEventSlim();
        using var hangs = new ManualResetEventSlim();
        var time = new ManualTimeProvider();
        using var session = RankedLlamaSession.Load(
            Options(model, WeightFormat.Float32), 2, time, collective => collective.Rank == 1 ? new FaultyCollective(collective, HangAt) : collective);
        Exception? failure = null;
        var step = new Thread(() => failure = Record.Exception(() => new PagedRunner(session, Blocks, 1).Step((0, [1, 2, 3])))) { IsBackground = true };
        step.Start();

        // Not before: time that passes while a rank is merely slow would be over for it too.
        Assert.True(hangs.Wait(TimeSpan.FromMinutes(1)), "Rank 1 does not come to its second sum.");
        for (int i = 0; i < 60_000 && !step.Join(1); i++)
            time.Advance(TimeSpan.FromSeconds(30));

        Assert.True(step.Join(0), "The step hangs.");
        Assert.Contains("Rank 1 did not come within 30 s", Assert.IsType<RankGroupFailedException>(failure).Message, StringComparison.Ordinal);
        released.Set();

        void HangAt(int at)
        {
            if (at == 2)
                hangs.Set();

            WaitAt(at, 2, released);
        }
    }

    /// <summary>In real time, and closed while the rank still hangs: its session must not be freed under it.</summary>
    [Fact]
    public void Dispose_RankThatStillHangs_LeavesItBehind()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(), seed: 5);
        using var released = new ManualResetEventSlim();
        using var passed = new ManualResetEventSlim();
        var options = Options(model, WeightFormat.Float32) with { RankTimeout = TimeSpan.FromMilliseconds(100) };
        var session = RankedLlamaSession.Load(
            options, 2, TimeProvider.System, collective => collective.Rank == 1 ? new FaultyCollective(collective, at => HangAt(at)) : collective);

        Assert.Throws<RankGroupFailedException>(() => new PagedRunner(session, Blocks, 1).Step((0, [1, 2, 3])));
        session.Dispose();
        released.Set();

        Assert.True(passed.Wait(TimeSpan.FromSeconds(60)));

        void HangAt(int at)
        {
            WaitAt(at, 1, released);
            if (at == 1)
                passed.Set();
        }
    }

    /// <summary>What a run allocates is the managed binding's: AllReduce allocates nothing, however often it is called.</summary>
    [Fact]
    public void Run_SteadyState_AllocatesTheSameForAnyNumberOfSums()
    {
        Assert.Equal(AllocatedByARun(layers: 1), AllocatedByARun(layers: 12));

        static long AllocatedByARun(int layers)
        {
            using var model = new RandomLlama(RandomLlama.Tiny() with { Layers = layers }, seed: 5);
            var checkpoint = Checkpoint.Open(model.Folder);
            var shard = new LlamaShard(model.Config);
            var weights = LlamaWeights.Load(checkpoint, shard, WeightFormat.Float32, null);
            using var group = new SharedMemoryGroup(1, 128 * model.Config.HiddenSize, TimeSpan.FromSeconds(30), TimeProvider.System);
            using var session = new LlamaSession(Options(model, WeightFormat.Float32), shard, weights, group[0], checkpoint);
            return SteadyState.LeastAllocated(session);
        }
    }

    private static void ThrowAt(int at, int call)
    {
        if (at == call)
            throw new InvalidOperationException("A fault of a test.");
    }

    private static void WaitAt(int at, int call, ManualResetEventSlim released)
    {
        if (at == call)
            released.Wait();
    }

    private static float[][] One(RandomLlama model, WeightFormat format, Func<PagedRunner, float[][]> run, KvCacheFormat kvCache = KvCacheFormat.Float32)
    {
        using var session = LlamaSession.Load(Options(model, format) with { KvCacheFormat = kvCache });
        return run(new PagedRunner(session, Blocks, 3));
    }

    private static float[][] Ranked(
        RandomLlama model, int ranks, WeightFormat format, Func<PagedRunner, float[][]> run, KvCacheFormat kvCache = KvCacheFormat.Float32, bool? shardVocabulary = null)
    {
        using var session = RankedLlamaSession.Load(
            Options(model, format) with { KvCacheFormat = kvCache, ShardVocabulary = shardVocabulary }, ranks, TimeProvider.System);
        return run(new PagedRunner(session, Blocks, 3));
    }

    private static LlamaSessionOptions Options(RandomLlama model, WeightFormat format) => new()
    {
        CheckpointPath = model.Folder,
        Blocks = Blocks,
        BlockSize = 8,
        MaxTokens = 128,
        MaxSequences = 8,
        MaxSampledRows = 128,
        Threads = 1,
        WeightFormat = format,
    };

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(101))];
    }

    /// <summary>The largest difference, relative to the largest value.</summary>
    private static double Distance(float[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double most = expected.Max(row => row.Max(Math.Abs));
        return expected.Zip(actual, (e, a) => e.Zip(a, (x, y) => Math.Abs((double)x - y)).Max()).Max() / most;
    }
}

using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution;

public sealed class LlamaSessionTests
{
    [Theory]
    [InlineData(2, 2, 16, 16)]
    [InlineData(4, 1, 8, 1)]
    [InlineData(1, 8, 24, 5)]
    [InlineData(2, 3, 64, 32)]
    [InlineData(3, 1, 40, 256)]
    public void Run_WholePrompt_EqualsReference(int kvHeads, int group, int headSize, int blockSize)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(kvHeads, group, headSize), seed: blockSize);
        using var session = Load(model, blockSize);
        int[] tokens = Tokens(37, 1);

        float[][] logits = new PagedRunner(session, Blocks, 3).Step((0, tokens))[0];

        AssertClose(model.Reference.Logits(tokens), logits);
    }

    [Fact]
    public void Run_MixedPrefillChunksAndDecodes_EqualsReference()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(), seed: 5);
        using var session = Load(model, blockSize: 4);
        int[][] sequences = [Tokens(41, 1), Tokens(23, 2), Tokens(30, 3), Tokens(12, 4)];
        var runner = new PagedRunner(session, Blocks, 9);
        var logits = sequences.Select(_ => new List<float[]>()).ToArray();
        var done = new int[sequences.Length];
        var random = new Random(11);

        while (sequences.Where((s, i) => done[i] < s.Length).Any())
        {
            var work = new List<(int, int[])>();
            for (int i = 0; i < sequences.Length; i++)
            {
                int count = Math.Min(random.Next(0, 3) * random.Next(1, 6), sequences[i].Length - done[i]);
                if (count > 0)
                    work.Add((i, sequences[i][done[i]..(done[i] + count)]));

                done[i] += count;
            }
            if (work.Count == 0)
                continue;

            var step = runner.Step([.. work]);
            for (int w = 0; w < work.Count; w++)
                logits[work[w].Item1].AddRange(step[w]);
        }

        for (int i = 0; i < sequences.Length; i++)
            AssertClose(model.Reference.Logits(sequences[i]), [.. logits[i]]);
    }

    [Fact]
    public void Run_GreedyDecode_EqualsReference()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(), seed: 21);
        using var session = Load(model, blockSize: 8);
        var runner = new PagedRunner(session, Blocks, 1);
        int[] prompt = Tokens(9, 8);
        List<int> generated = [];

        float[] last = runner.Step((0, prompt))[0][^1];
        for (int i = 0; i < 20; i++)
        {
            generated.Add(Array.IndexOf(last, last.Max()));
            last = runner.Step((0, [generated[^1]]))[0][0];
        }

        Assert.Equal(model.Reference.Greedy(prompt, 20), generated);
    }

    [Theory]
    [InlineData(TensorType.F16, WeightFormat.Float32)]
    [InlineData(TensorType.F16, WeightFormat.Checkpoint)]
    [InlineData(TensorType.BF16, WeightFormat.Float32)]
    [InlineData(TensorType.BF16, WeightFormat.Checkpoint)]
    public void Run_NarrowCheckpoint_EqualsReferenceOnTheNarrowWeights(TensorType type, WeightFormat format)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(), seed: 6, type);
        using var session = Load(model, 16, format);
        int[] tokens = Tokens(20, 2);

        AssertClose(model.Reference.Logits(tokens), new PagedRunner(session, Blocks, 3).Step((0, tokens))[0]);
    }

    [Fact]
    public void Run_TiedEmbeddingsAndHugeTheta_EqualsReference()
    {
        using var model = new RandomLlama(RandomLlama.Tiny() with { TiedEmbeddings = true, RopeTheta = 1e16 }, seed: 8);
        using var session = Load(model, 16);
        int[] tokens = Tokens(30, 2);

        AssertClose(model.Reference.Logits(tokens), new PagedRunner(session, Blocks, 3).Step((0, tokens))[0]);
    }

    [Theory]
    [InlineData(WeightFormat.Int8, 0.05)]
    [InlineData(WeightFormat.Int4, 0.75)]
    public void Run_QuantisedWeights_StaysNearTheReference(WeightFormat format, double bound)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(headSize: 16) with { HiddenSize = 64, IntermediateSize = 96 }, seed: 6);
        using var session = Load(model, 16, format);
        int[] tokens = Tokens(24, 2);

        float[][] logits = new PagedRunner(session, Blocks, 3).Step((0, tokens))[0];

        Assert.InRange(RelativeError(model.Reference.Logits(tokens), logits), 1e-6, bound);
    }

    /// <summary>Only the cache is rounded: the weights are floats.</summary>
    [Fact]
    public void Run_Int8KvCache_StaysNearTheReference()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(2, 4, 64), seed: 6);
        using var session = Load(model, 32, kvCache: KvCacheFormat.Int8);
        int[] tokens = Tokens(60, 2);

        float[][] logits = new PagedRunner(session, Blocks, 3).Step((0, tokens))[0];

        Assert.InRange(RelativeError(model.Reference.Logits(tokens), logits), 1e-4, 0.02);
    }

    [Theory]
    [InlineData(WeightFormat.Float32, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Int8, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Int4, KvCacheFormat.Float32)]
    [InlineData(WeightFormat.Float32, KvCacheFormat.Int8)]
    [InlineData(WeightFormat.Int4, KvCacheFormat.Int8)]
    public void Run_AnyBatchChunkingOrPlacement_GivesTheSameBits(WeightFormat format, KvCacheFormat kvCache)
    {
        using var model = new RandomLlama(RandomLlama.Tiny(2, 4, 32) with { HiddenSize = 128, IntermediateSize = 512 }, seed: 6);
        using var session = Load(model, 4, format, kvCache: kvCache);
        int[] tokens = Tokens(45, 1);
        float[][] alone = new PagedRunner(session, Blocks, 3).Step((0, tokens))[0];
        Assert.All(alone.SelectMany(row => row), value => Assert.True(float.IsFinite(value)));

        foreach (int[] chunks in (int[][])[[1, 16, 3, 25], [20, 20, 5], [7, 1, 1, 1, 35]])
        {
            var runner = new PagedRunner(session, Blocks, chunks[0]);
            List<float[]> chunked = [];
            int at = 0;
            foreach (int count in chunks)
            {
                var mates = Enumerable.Range(1, count % 4).Select(i => (i, Tokens(i, i)));
                chunked.AddRange(runner.Step([.. mates, (0, tokens[at..(at + count)])])[^1]);
                at += count;
            }
            for (int t = 0; t < tokens.Length; t++)
                Assert.Equal(alone[t].Select(BitConverter.SingleToUInt32Bits), chunked[t].Select(BitConverter.SingleToUInt32Bits));
        }
    }

    /// <summary>What a run allocates is the managed binding's: the operators allocate nothing, however many layers there are.</summary>
    [Fact]
    public void Run_SteadyState_AllocatesTheSameForAnyNumberOfLayers()
    {
        Assert.Equal(AllocatedByARun(layers: 1), AllocatedByARun(layers: 12));

        static long AllocatedByARun(int layers)
        {
            using var model = new RandomLlama(RandomLlama.Tiny() with { Layers = layers }, seed: 5);
            using var session = Load(model, 16, threads: 1);
            return SteadyState.LeastAllocated(session);
        }
    }

    [Fact]
    public void Run_BlockThatDoesNotExist_FailsAndTheNextStepWorks()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(), seed: 5);
        using var session = Load(model, 16);
        int[] table = new int[session.TableWidth];
        table[0] = Blocks;

        Assert.ThrowsAny<Exception>(() => session.Run(new StepInputs
        {
            InputIds = [1],
            CumulativeLengths = [0, 1],
            PastLengths = [0],
            BlockTable = table,
            SlotMapping = [0],
            SampledRows = [0],
        }));

        AssertClose(model.Reference.Logits([1, 5]), new PagedRunner(session, Blocks, 1).Step((0, [1, 5]))[0]);
    }

    private const int Blocks = 200;

    private static LlamaSession Load(
        RandomLlama model, int blockSize, WeightFormat format = WeightFormat.Float32, int threads = 2, KvCacheFormat kvCache = KvCacheFormat.Float32) => LlamaSession.Load(new LlamaSessionOptions
        {
            CheckpointPath = model.Folder,
            Blocks = Blocks,
            BlockSize = blockSize,
            MaxTokens = 128,
            MaxSequences = 8,
            MaxSampledRows = 128,
            Threads = threads,
            WeightFormat = format,
            KvCacheFormat = kvCache,
        });

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(101))];
    }

    private static double RelativeError(double[][] expected, float[][] actual)
    {
        double error = expected.Zip(actual, (e, l) => e.Zip(l, (a, b) => (a - b) * (a - b)).Sum()).Sum();
        return Math.Sqrt(error / expected.Sum(row => row.Sum(v => v * v)));
    }

    private static void AssertClose(double[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int t = 0; t < expected.Length; t++)
            for (int v = 0; v < expected[t].Length; v++)
                Assert.Equal(expected[t][v], actual[t][v], 1e-4);
    }
}

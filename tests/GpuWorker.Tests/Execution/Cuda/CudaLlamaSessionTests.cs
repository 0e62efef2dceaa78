using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>The CUDA graph and session, run on the CPU against the float64 reference. What is left out is the driver and paged attention's kernel.</summary>
public sealed class CudaLlamaSessionTests
{
    /// <summary>Of float16 activations in two layers, relative to the largest logit: about twenty of float16's roundings.</summary>
    private const double Float16Tolerance = 0.015;

    [Theory]
    [InlineData(2, 2, 16, 16, TensorType.F32)]
    [InlineData(4, 1, 8, 32, TensorType.F16)]
    [InlineData(1, 8, 24, 64, TensorType.BF16)]
    public void Run_WholePrompt_EqualsReference(int kvHeads, int group, int headSize, int blockSize, TensorType type)
    {
        using var model = new RandomLlama(CudaModel.Shape(kvHeads, group, headSize), seed: blockSize, type);
        using var cuda = new CudaModel(model, new CudaFormat(), blockSize: blockSize);
        int[] tokens = Tokens(37, 1);

        float[][] logits = new PagedRunner(cuda.Session, CudaModel.Blocks, 3).Step((0, tokens))[0];

        Assert.InRange(Distance(model.Reference.Logits(tokens), logits), 0, Float16Tolerance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_MixedPrefillChunksAndDecodes_EqualsReference(bool useGraphs)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 5);
        using var cuda = new CudaModel(model, new CudaFormat(), useGraphs);
        int[][] sequences = [Tokens(41, 1), Tokens(23, 2), Tokens(30, 3), Tokens(12, 4)];
        var runner = new PagedRunner(cuda.Session, CudaModel.Blocks, 9);
        var logits = sequences.Select(_ => new List<float[]>()).ToArray();
        var done = new int[sequences.Length];
        var random = new Random(11);

        while (sequences.Where((s, i) => done[i] < s.Length).Any())
        {
            // Half of the steps only decode.
            int most = random.Next(2) == 0 ? 2 : 7;
            (int Sequence, int[] Tokens)[] work = [.. sequences
                .Select((s, i) => (i, s[done[i]..Math.Min(done[i] + random.Next(1, most), s.Length)]))
                .Where(part => part.Item2.Length > 0)];
            var step = runner.Step(work);
            for (int w = 0; w < work.Length; w++)
            {
                logits[work[w].Sequence].AddRange(step[w]);
                done[work[w].Sequence] += work[w].Tokens.Length;
            }
        }

        for (int i = 0; i < sequences.Length; i++)
            Assert.InRange(Distance(model.Reference.Logits(sequences[i]), [.. logits[i]]), 0, Float16Tolerance);

        Assert.Equal(useGraphs, cuda.Session.Graphs > 0);
        Assert.InRange(cuda.Session.Graphs, 0, cuda.Session.MostGraphs);
    }

    [Fact]
    public void WarmUp_EveryBucket_HasItsGraphAndNothingIsWritten()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 6);
        using var cold = new CudaModel(model, new CudaFormat());
        using var warm = new CudaModel(model, new CudaFormat());
        int[] tokens = Tokens(20, 1);
        var (coldRunner, warmRunner) = (new PagedRunner(cold.Session, CudaModel.Blocks, 4), new PagedRunner(warm.Session, CudaModel.Blocks, 4));
        coldRunner.Step((0, tokens[..12]));
        warmRunner.Step((0, tokens[..12]));

        CudaWarmUp.Run(warm.Session, maxTokens: 128, maxSequences: 8, cachedTokens: CudaModel.Blocks * 16);

        Assert.Equal(warm.Session.MostGraphs, warm.Session.Graphs);
        float[][] expected = coldRunner.Step((0, tokens[12..]))[0], actual = warmRunner.Step((0, tokens[12..]))[0];
        Assert.All(expected.Zip(actual), rows => Assert.Equal(rows.First, rows.Second));
        Assert.All(actual, row => Assert.All(row, logit => Assert.True(float.IsFinite(logit))));
    }

    [Theory]
    [InlineData(1, 300)]
    [InlineData(3, 5000)]
    public void WarmUp_SmallCacheOrBatch_CapturesWhatCanBeMet(int maxSequences, int cachedTokens)
    {
        using var model = new RandomLlama(CudaModel.Shape() with { ContextLength = 2000 }, seed: 6);
        using var cuda = new CudaModel(model, new CudaFormat(), maxSequences: maxSequences);

        CudaWarmUp.Run(cuda.Session, maxTokens: 128, maxSequences, cachedTokens);

        // Lengths of 256, 1,024 and 2,000; a cache of 300 tokens holds none that needs the last.
        Assert.Equal(maxSequences == 1 ? 2 : 9, cuda.Session.Graphs);
    }

    [Fact]
    public void Run_TiedEmbeddings_EqualsReference()
    {
        using var model = new RandomLlama(CudaModel.Shape() with { TiedEmbeddings = true }, seed: 8);
        using var cuda = new CudaModel(model, new CudaFormat { Weights = WeightFormat.Int8 });
        int[] tokens = Tokens(12, 2);

        Assert.InRange(Distance(model.Reference.Logits(tokens), new PagedRunner(cuda.Session, CudaModel.Blocks, 1).Step((0, tokens))[0]), 0, 0.05);
    }

    /// <summary>Divergence from the float64 model of the unquantised weights, mean over positions of random weights, which bounds no trained model's.</summary>
    [Theory]
    [InlineData(WeightFormat.Checkpoint, 1e-4)]
    [InlineData(WeightFormat.Int8, 1e-3)]
    [InlineData(WeightFormat.Int4, 0.15)]
    public void Run_NumberFormats_StayWithinTheStatedDivergence(WeightFormat weights, double bound)
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 4);
        using var cuda = new CudaModel(model, new CudaFormat { Weights = weights });
        int[] tokens = Tokens(24, 2);

        float[][] logits = new PagedRunner(cuda.Session, CudaModel.Blocks, 1).Step((0, tokens))[0];

        Assert.InRange(NextTokenDivergence.Mean(model.Reference.Logits(tokens), logits), 0, bound);
    }

    /// <summary>Both devices quantise by the same rule, so that the CUDA graph's int4 weights are the CPU's.</summary>
    [Fact]
    public void Load_Int4_HasTheLevelsAndScalesOfTheBlockQuantizer()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3);
        using var checkpoint = Checkpoint.Open(model.Folder);
        using var weights = CudaWeights.Load(checkpoint, new LlamaShard(model.Config), new CudaFormat { Weights = WeightFormat.Int4 });
        string name = LlamaWeights.Mlp(1, "down");
        float[][] rows = [.. model.Tensors[name].ToFloats().Chunk(model.Config.IntermediateSize)];

        var (levels, scales) = (weights[CudaWeightNames.Levels(name)], weights[CudaWeightNames.Scales(name)]);
        Assert.Equal([64, 3, 16], levels.Shape);
        Assert.Equal([64, 3], scales.Shape);
        for (int row = 0; row < rows.Length; row++)
        {
            var expectedLevels = new byte[96];
            var expectedScales = new ushort[3];
            Assert.True(BlockQuantizer.TryQuantize(rows[row], 4, expectedLevels, expectedScales));
            for (int k = 0; k < 96; k++)
                Assert.Equal(expectedLevels[k], (Byte(levels, (row * 48) + (k / 2)) >> (4 * (k % 2))) & 15);

            for (int block = 0; block < 3; block++)
                Assert.Equal(BlockQuantizer.ToSingle(expectedScales[block]), (float)Half(scales, (row * 3) + block));
        }
    }

    [Fact]
    public void Run_Meanwhile_IsCalledOnceWhenAllIsInTheDevicesQueue()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 7);
        using var cuda = new CudaModel(model, new CudaFormat());
        var pending = new List<int>();
        var step = new StepInputs { InputIds = [3, 5], CumulativeLengths = [0, 2], PastLengths = [0], BlockTable = new int[cuda.Session.TableWidth], SlotMapping = [0, 1], SampledRows = [1] };

        float[] logits = [.. cuda.Session.Run(step, () => pending.Add(cuda.Device.PendingDownloads))];

        Assert.Equal([1], pending);
        Assert.Equal(0, cuda.Device.PendingDownloads);
        Assert.Equal([.. cuda.Session.Run(step)], logits);
        Assert.InRange(Distance([model.Reference.Logits([3, 5])[1]], [logits]), 0, Float16Tolerance);
    }

    [Fact]
    public void Load_WeightBeyondFloat16_NamesTheTensorAndTheSetting()
    {
        using var model = new RandomLlama(CudaModel.Shape(), seed: 3, TensorType.BF16, tensors => tensors.Set(LlamaWeights.FinalNorm, 5, 1e30f));
        using var checkpoint = Checkpoint.Open(model.Folder);

        var error = Assert.Throws<CheckpointException>(() => CudaWeights.Load(checkpoint, new LlamaShard(model.Config), new CudaFormat()));

        Assert.Contains("model.norm.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("Worker:ActivationType=bfloat16", error.Message, StringComparison.Ordinal);
    }

    private static unsafe byte Byte(HostTensor tensor, int at) => ((byte*)tensor.Data)[at];

    private static unsafe Half Half(HostTensor tensor, int at) => ((Half*)tensor.Data)[at];

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(101))];
    }

    private static double Distance(double[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double most = expected.Max(row => row.Max(Math.Abs));
        return expected.Zip(actual, (e, a) => e.Zip(a, (x, y) => Math.Abs(x - y)).Max()).Max() / most;
    }
}

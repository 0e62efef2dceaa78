using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>What the graph picks out of each row, beside the rows themselves, and what the engine answers from either; on the CPU, with paged attention stood in for.</summary>
public sealed class CudaCandidateTests
{
    private const int Vocabulary = 320, Candidates = 128;

    [Theory]
    [InlineData(Vocabulary, Candidates)]
    [InlineData(101, 101)]
    [InlineData(2000, Candidates)]
    [InlineData(2002, Candidates)]
    [InlineData(2003, Candidates)]
    public void RunRows_PromptChunksAndPaddedDecodes_PicksTheHighestOfEachRow(int vocabulary, int candidates)
    {
        using var model = new RandomLlama(CudaModel.Shape() with { VocabularySize = vocabulary }, seed: 5);
        using var whole = new CudaModel(model, new CudaFormat());
        using var few = new CudaModel(model, new CudaFormat());
        var random = new Random(2);

        Assert.Equal(candidates, few.Session.Candidates);
        foreach (int[] counts in (int[][])[[7], [3, 2], [1], [1, 1, 1], [1, 1, 1, 1, 1]])
        {
            float[] inverse = [.. counts.Select(_ => 0.5f + random.NextSingle())];
            float[] logits = whole.Session.Run(Step(counts, whole.Session.TableWidth, [])).ToArray();
            var rows = few.Session.RunRows(Step(counts, few.Session.TableWidth, inverse));
            for (int row = 0; row < counts.Length; row++)
            {
                float[] expected = logits[(row * vocabulary)..((row + 1) * vocabulary)];
                float[] values = rows.CandidateLogits.Slice(row * candidates, candidates).ToArray();
                long[] tokens = rows.CandidateTokens.Slice(row * candidates, candidates).ToArray();
                Assert.Equal(expected.OrderDescending().Take(candidates), values);
                Assert.Equal(values, tokens.Select(token => expected[token]));
                Assert.Equal(candidates, tokens.Distinct().Count());
                double total = expected.Sum(logit => Math.Exp((logit - (double)expected.Max()) * inverse[row]));
                Assert.InRange(rows.Totals[row] / total, 1 - (0.1 * CandidateSampler.TotalError), 1 + (0.1 * CandidateSampler.TotalError));
            }
        }
        Assert.True(few.Session.Graphs > 0);
    }

    /// <summary>Near the square root of vocabulary / candidates, and whole where nothing near it divides the vocabulary.</summary>
    [Theory]
    [InlineData(32_000, 16)]
    [InlineData(32_016, 16)]
    [InlineData(128_256, 32)]
    [InlineData(2000, 4)]
    [InlineData(32_003, 1)]
    [InlineData(320, 1)]
    [InlineData(128, 1)]
    public void Of_AnyVocabulary_IsADivisorNearTheBest(int vocabulary, int groups) => Assert.Equal(groups, CandidateGroups.Of(vocabulary, Candidates));

    /// <summary>Rows without an inverse temperature come whole, others when they are asked for; the host is given no more than that.</summary>
    [Fact]
    public void RunRows_SomeRowsWhole_CopiesThoseAlone()
    {
        using var model = new RandomLlama(CudaModel.Shape() with { VocabularySize = Vocabulary }, seed: 6);
        using var whole = new CudaModel(model, new CudaFormat());
        using var few = new CudaModel(model, new CudaFormat());
        int[] counts = [1, 1, 1, 1, 1];
        float[] logits = whole.Session.Run(Step(counts, whole.Session.TableWidth, [])).ToArray();
        Assert.Equal(5 * Vocabulary * sizeof(float), whole.Device.DownloadedBytes);

        float[] came = few.Session.RunRows(Step(counts, few.Session.TableWidth, [0, 1, 1, 0, 0])).Logits.ToArray();
        long bytes = few.Device.DownloadedBytes;
        float[] asked = few.Session.ReadLogits([1, 2]).ToArray();

        foreach (int row in (int[])[0, 3, 4])
            Assert.Equal(Row(logits, row), Row(came, row));

        foreach (int row in (int[])[1, 2])
            Assert.Equal(Row(logits, row), Row(asked, row));

        Assert.Equal((3 * Vocabulary * sizeof(float)) + (5 * ((Candidates * (sizeof(float) + sizeof(long))) + sizeof(float))), bytes);
        Assert.Equal(bytes + (2 * Vocabulary * sizeof(float)), few.Device.DownloadedBytes);

        static float[] Row(float[] logits, int row) => logits[(row * Vocabulary)..((row + 1) * Vocabulary)];
    }

    /// <summary>One after another, since these kernels give a row other last bits in another batch.</summary>
    [Fact]
    public async Task GenerateAsync_AnyRequest_AnswersAsFromWholeRows()
    {
        using var model = new RandomLlama(CudaModel.Shape() with { VocabularySize = 2000 }, seed: 7);
        using var whole = new CudaModel(model, new CudaFormat());
        using var few = new CudaModel(model, new CudaFormat());
        GenerationRequest[] requests = [.. Requests(new Random(8))];

        var expected = await AnswersAsync(new WithoutCandidates(whole.Session), requests);
        var answers = await AnswersAsync(new Shared(few.Session), requests);

        Assert.All(expected.Zip(answers), pair => Assert.Equal(pair.First, pair.Second));
        Assert.True(expected.SelectMany(answer => answer).Distinct().Count() > 100);
        Assert.InRange(few.Device.DownloadedBytes, 1, whole.Device.DownloadedBytes * 3 / 4);
    }

    /// <summary>The embedding of token 1 is none: a prompt that has it fails, from candidates as from the whole row, and no other.</summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    public async Task GenerateAsync_RowThatHoldsNaN_FailsItsRequestAlone(float temperature)
    {
        using var model = new RandomLlama(CudaModel.Shape() with { VocabularySize = Vocabulary }, seed: 7, TensorType.F16, tensors => tensors.Set(LlamaWeights.Embedding, 64, float.NaN));
        using var few = new CudaModel(model, new CudaFormat());
        var sound = new GenerationRequest { PromptTokens = [2, 3], MaxTokens = 1, Sampling = new SamplingParameters { Temperature = temperature, TopK = 20 } };

        await Assert.ThrowsAsync<EngineFailedException>(() => AnswersAsync(new TimedSteps(few.Session), [sound with { PromptTokens = [1, 2] }]));
        Assert.Single((await AnswersAsync(new TimedSteps(few.Session), [sound]))[0]);
    }

    /// <summary>A step fed with the likeliest tokens of the one before, begun while that one is read, is the step that is given those tokens; rows of padding and other sequences in other places too.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Begin_StepsFedWithRows_YieldWhatTokensDo(int ranks, bool isVocabularySharded)
    {
        using var model = new RandomLlama(CudaModel.Shape(4, 2, 16) with { VocabularySize = 2000, IntermediateSize = 160 }, seed: 6);
        var (given, fed) = (new FakeNccl(ranks), new FakeNccl(ranks));
        int[] order = [2, 0, 1];

        float[][] expected = await OnRanksAsync(ranks, rank => Start(model, given, rank, isVocabularySharded, ranks), own =>
        {
            long[] likeliest = own.RunRows(Step([3, 1, 2], own.TableWidth, [1, 1, 1])).CandidateTokens.ToArray();
            // Only rank 0 is given tokens: the others, which read none, feed themselves, and must come to the same.
            int[] ids = own.Candidates > 0 ? [.. order.Select(row => (int)likeliest[row * Candidates])] : [.. order.Select(row => ~row)];
            return own.RunRows(Next(own.TableWidth, ids, order)).CandidateLogits.ToArray();
        });
        float[][] actual = await OnRanksAsync(ranks, rank => Start(model, fed, rank, isVocabularySharded, ranks), own =>
        {
            own.Begin(Step([3, 1, 2], own.TableWidth, [1, 1, 1]));
            own.End(() => own.Begin(Next(own.TableWidth, [.. order.Select(row => ~row)], order)));
            return own.End().CandidateLogits.ToArray();
        });

        Assert.Equal(3 * Candidates, expected[0].Length);
        Assert.Equal(expected[0], actual[0]);
    }

    /// <summary>What is read of a step is what it yielded, though the next one has run and written over it.</summary>
    [Fact]
    public void End_NextStepBegunMeanwhile_YieldsItsOwnRows()
    {
        using var model = new RandomLlama(CudaModel.Shape() with { VocabularySize = Vocabulary }, seed: 6);
        using var alone = new CudaModel(model, new CudaFormat());
        using var ahead = new CudaModel(model, new CudaFormat());
        var expected = alone.Session.RunRows(Step([3, 2, 2], alone.Session.TableWidth, [1, 0, 1]));
        float[] candidates = expected.CandidateLogits.ToArray(), logits = expected.Logits.ToArray()[Vocabulary..(2 * Vocabulary)];

        Assert.True(ahead.Session.CanRunAhead);
        ahead.Session.Begin(Step([3, 2, 2], ahead.Session.TableWidth, [1, 0, 1]));
        var rows = ahead.Session.End(() => ahead.Session.Begin(Next(ahead.Session.TableWidth, [~0, ~1, ~2], [0, 1, 2])));

        Assert.Equal(candidates, rows.CandidateLogits.ToArray());
        Assert.Equal(logits, rows.Logits.Slice(Vocabulary, Vocabulary).ToArray());
        Assert.NotEqual(candidates, ahead.Session.End().CandidateLogits.ToArray());
    }

    /// <summary>The device checks no index: a row that there was not is refused here. Nor can ranks be fed that do not see all logits.</summary>
    [Fact]
    public async Task Begin_RowThatThereWasNot_IsRefused()
    {
        using var model = new RandomLlama(CudaModel.Shape(4, 2, 16) with { VocabularySize = Vocabulary, IntermediateSize = 160 }, seed: 6);
        using var cuda = new CudaModel(model, new CudaFormat());
        Assert.Throws<ArgumentOutOfRangeException>(() => cuda.Session.Begin(Next(cuda.Session.TableWidth, [~0], [0])));
        cuda.Session.Run(Step([3, 2], cuda.Session.TableWidth, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => cuda.Session.Begin(Next(cuda.Session.TableWidth, [~2], [0])));

        var nccl = new FakeNccl(2);
        bool[] can = await OnRanksAsync(2, rank => Start(model, nccl, rank, isVocabularySharded: false), own => own.CanRunAhead);
        Assert.Equal([false, false], can);
    }

    /// <summary>Only rank 0 has candidates: of its own lm_head, or of the logits that all gathered.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunRows_Ranks_PicksOfAllLogitsOnRankZero(bool isVocabularySharded)
    {
        using var model = new RandomLlama(CudaModel.Shape(4, 2, 16) with { VocabularySize = Vocabulary, IntermediateSize = 160 }, seed: 6);
        var nccl = new FakeNccl(2);

        var yields = await OnRanksAsync(2, rank => Start(model, nccl, rank, isVocabularySharded), own =>
        {
            float[] logits = own.Run(Step([1, 1, 1], own.TableWidth, [])).ToArray();
            var rows = own.RunRows(Step([1, 1, 1], own.TableWidth, [1, 1, 0]));
            return (own.Candidates, Logits: logits, Best: rows.CandidateTokens.ToArray().Where((_, i) => i % Candidates == 0).ToArray(), Whole: rows.Logits.ToArray());
        });

        float[][] all = [.. yields[0].Logits.Chunk(Vocabulary)];
        Assert.Equal(Candidates, yields[0].Candidates);
        Assert.Equal(all.Select(row => (long)Array.IndexOf(row, row.Max())), yields[0].Best);
        Assert.Equal(all[2], yields[0].Whole[(2 * Vocabulary)..]);
        Assert.Equal(0, yields[1].Candidates);
        Assert.Empty(yields[1].Best);
        Assert.Empty(yields[1].Whole);
    }

    private static IEnumerable<GenerationRequest> Requests(Random random)
    {
        for (int i = 0; i < 40; i++)
        {
            var sampling = new SamplingParameters
            {
                Temperature = i % 3 == 0 ? 0 : 0.2f + random.NextSingle(),
                TopK = i % 4 == 1 ? random.Next(2, 160) : 0,
                TopP = i % 5 == 2 ? 0.5f + (0.5f * random.NextSingle()) : 1,
                MinP = i % 7 == 3 ? 0.1f : 0,
                Seed = (ulong)i,
                Logprobs = i % 11 == 4 ? 2 : null,
                RepetitionPenalty = i % 6 == 5 ? 1.2f : 1,
                LogitBias = i % 13 == 6 ? new Dictionary<int, float> { [7] = 3 } : null,
            };
            yield return new GenerationRequest { PromptTokens = [.. Enumerable.Range(0, 3 + (i % 9)).Select(_ => random.Next(Vocabulary))], MaxTokens = 12, MinTokens = i % 8 == 7 ? 4 : 0, Sampling = sampling };
        }
    }

    /// <returns>By request the tokens, with all that is told of them, as text.</returns>
    private static async Task<List<List<string>>> AnswersAsync(IStepModel model, GenerationRequest[] requests)
    {
        var options = new LlmEngineOptions { CheckpointPath = "", ModelName = "tiny", MaxSequences = 8, MaxBatchedTokens = 64 };
        await using var engine = new LlmEngine(model, options, CudaModel.Blocks, eosTokens: [3], TimeProvider.System, NullLogger<LlmEngine>.Instance);
        List<List<string>> answers = [];
        foreach (var request in requests)
            answers.Add([.. (await engine.GenerateAsync(request, default).ToListAsync()).Select(token => JsonSerializer.Serialize(token))]);

        return answers;
    }

    private static Task<T[]> OnRanksAsync<T>(int ranks, Func<int, CudaRank> start, Func<CudaRank, T> body) => Task.WhenAll(Enumerable.Range(0, ranks).Select(rank => Task.Factory.StartNew(
        () =>
        {
            using var own = start(rank);
            return body(own);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default)));

    private static CudaRank Start(RandomLlama model, FakeNccl nccl, int rank, bool isVocabularySharded, int ranks = 2)
    {
        var format = new CudaFormat();
        var shard = new LlamaShard(model.Config, rank, ranks, isVocabularySharded);
        using var checkpoint = CudaLlamaLoader.Open(model.Folder, model.Config, format);
        using var weights = CudaWeights.Load(checkpoint, shard, format);
        var options = new CudaLlamaOptions { Format = format, Blocks = 32, BlockSize = 16, MaxTokens = 32, MaxSequences = 4, AttentionDomain = PagedAttentionStandIn.Domain };
        return new CudaRank(
            options, shard, weights, new HostDevice(), new NcclGroup(nccl, FakeNccl.Assignment(rank, ranks), new ManualTimeProvider()), o => StandInRankLoader.AddOperators(o, KvCacheFormat.Float32));
    }

    /// <summary>A step of fresh sequences of so many tokens, of which the last ones' rows are sampled.</summary>
    private static StepInputs Step(int[] counts, int tableWidth, float[] inverseTemperatures)
    {
        var table = new int[counts.Length * tableWidth];
        Array.Fill(table, -1);
        List<int> slots = [];
        for (int sequence = 0; sequence < counts.Length; sequence++)
        {
            table[sequence * tableWidth] = sequence;
            slots.AddRange(Enumerable.Range(sequence * 16, counts[sequence]));
        }
        return new StepInputs
        {
            InputIds = Enumerable.Range(0, counts.Sum()).Select(i => (7 * i) % 101).ToArray(),
            CumulativeLengths = Enumerable.Range(0, counts.Length + 1).Select(i => counts.Take(i).Sum()).ToArray(),
            PastLengths = new int[counts.Length],
            BlockTable = table,
            SlotMapping = slots.ToArray(),
            SampledRows = Enumerable.Range(1, counts.Length).Select(i => counts.Take(i).Sum() - 1).ToArray(),
            InverseTemperatures = inverseTemperatures,
        };
    }

    /// <summary>The next token of sequences that had 3, 1 and 2, or the like, in some order.</summary>
    private static StepInputs Next(int tableWidth, int[] ids, int[] sequences)
    {
        var table = new int[ids.Length * tableWidth];
        Array.Fill(table, -1);
        for (int i = 0; i < ids.Length; i++)
            table[i * tableWidth] = sequences[i];

        return new StepInputs
        {
            InputIds = ids,
            CumulativeLengths = Enumerable.Range(0, ids.Length + 1).ToArray(),
            PastLengths = Enumerable.Repeat(3, ids.Length).ToArray(),
            BlockTable = table,
            SlotMapping = sequences.Select(sequence => (sequence * 16) + 3).ToArray(),
            SampledRows = Enumerable.Range(0, ids.Length).ToArray(),
            InverseTemperatures = Enumerable.Repeat(1f, ids.Length).ToArray(),
        };
    }

    /// <summary>The same model, which its owner disposes of.</summary>
    private sealed class Shared(IStepModel model) : IStepModel
    {
        public int VocabularySize => model.VocabularySize;

        public int ContextLength => model.ContextLength;

        public int BlockSize => model.BlockSize;

        public int TableWidth => model.TableWidth;

        public int Candidates => model.Candidates;

        public bool CanRunAhead => model.CanRunAhead;

        public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null) => model.Run(step, meanwhile);

        public StepRows RunRows(scoped StepInputs step, Action? meanwhile = null) => model.RunRows(step, meanwhile);

        public ReadOnlySpan<float> ReadLogits(scoped ReadOnlySpan<int> rows) => model.ReadLogits(rows);

        public void Begin(scoped StepInputs step) => model.Begin(step);

        public StepRows End(Action? meanwhile = null) => model.End(meanwhile);

        public void Dispose()
        {
            // Not here.
        }
    }

    /// <summary>The same model, all of whose rows come whole; its owner disposes of it.</summary>
    private sealed class WithoutCandidates(IStepModel model) : IStepModel
    {
        public int VocabularySize => model.VocabularySize;

        public int ContextLength => model.ContextLength;

        public int BlockSize => model.BlockSize;

        public int TableWidth => model.TableWidth;

        public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null) => model.Run(step, meanwhile);

        public void Dispose()
        {
            // Not here.
        }
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;
using Serverless.GpuWorker.Tests.Execution.Cuda;
using Serverless.GpuWorker.Tests.Reference;
using Serverless.GpuWorker.Tests.Speculation;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>What a prompt's tokens' likelihoods are: those that the same tokens have when they are generated, to the bit, however the prompt was computed.</summary>
public sealed class PromptLogprobsTests
{
    private static readonly LlmEngineOptions History = new() { CheckpointPath = "none", ModelName = "history", MaxBatchedTokens = 24, MaxSequences = 8 };

    /// <summary>
    /// Answers of any kind, as the prompts of others: side by side with them, behind prefix hits, in chunks of tokens and of rows, with few blocks, drafts, an int8 cache, quantised weights, two ranks.
    /// </summary>
    [Theory]
    [InlineData(0, 12)]
    [InlineData(100, 12)]
    public async Task GenerateAsync_AnswerAsPrompt_IsAsLikelyAsWhenItWasGenerated(int firstSeed, int worlds)
    {
        using var model = new RandomLlama(RandomLlama.Tiny() with { HiddenSize = 32, IntermediateSize = 64, ContextLength = 96, EosTokens = [2] }, seed: 17);
        long preemptions = 0, hits = 0, drafted = 0;
        for (int seed = firstSeed; seed < firstSeed + worlds; seed++)
        {
            await using var engine = World(model, seed);
            var violations = new List<string>();
            engine.Loop.StepCompleted = scheduler => violations.AddRange(scheduler.Violations());
            var random = new Random(seed + 5000);
            GenerationRequest[] requests = [.. Enumerable.Range(0, 12).Select(_ => Request(random, model.Config.VocabularySize))];
            await Task.WhenAll(requests.Select(request => CompareAsync(engine, request)));

            Assert.Empty(violations);
            var status = engine.GetStatus();
            (preemptions, hits, drafted) = (preemptions + status.Preemptions, hits + status.PrefixHitTokens, drafted + status.Drafts.AcceptedTokens);
        }
        Assert.True(preemptions > 10 && hits > 100 && drafted > 20, $"{preemptions} preemptions, {hits} tokens hit, {drafted} drafts: too little is tested.");
    }

    /// <summary>Tokens that the model would not choose: each is forced after those before it, one request a token.</summary>
    [Fact]
    public async Task GenerateAsync_AnyPrompt_IsAsLikelyAsTokensThatAreForced()
    {
        using var model = new RandomLlama(RandomLlama.Tiny() with { HiddenSize = 32, IntermediateSize = 64, EosTokens = [2] }, seed: 18);
        await using var engine = World(model, seed: 3);
        var random = new Random(4);
        // EOS, BOS and whatever else in the middle are tokens as any.
        int[] prompt = [.. Enumerable.Range(0, 40).Select(i => i % 9 == 0 ? i % 4 : random.Next(model.Config.VocabularySize))];
        var told = await TellAsync(engine, new GenerationRequest { PromptTokens = prompt, MaxTokens = 2, PromptLogprobs = 3 });

        for (int i = 1; i < prompt.Length; i++)
        {
            var sampling = new SamplingParameters { Temperature = 0, Logprobs = 3, LogitBias = new Dictionary<int, float> { [prompt[i]] = 100 } };
            var forced = await engine.GenerateAsync(new GenerationRequest { PromptTokens = prompt[..i], MaxTokens = 1, Sampling = sampling }, default).SingleAsync();
            Assert.Equal(prompt[i], forced.Id);
            AssertSame(forced.Logprobs!, told[i - 1]);
        }
    }

    [Fact]
    public async Task GenerateAsync_OneTokenOfAPrompt_TellsOfNothing()
    {
        await using var engine = Engine(new HistoryModel(24, 4, 96));
        var tokens = await engine.GenerateAsync(new GenerationRequest { PromptTokens = [5], MaxTokens = 2, PromptLogprobs = 0 }, default).ToListAsync();
        Assert.Empty(tokens[0].PromptLogprobs!);
        Assert.Null(tokens[1].PromptLogprobs);
    }

    [Fact]
    public async Task GenerateAsync_NotAsked_TellsNothingOfThePrompt()
    {
        await using var engine = Engine(new HistoryModel(24, 4, 96));
        Assert.All(await engine.GenerateAsync(new GenerationRequest { PromptTokens = [5, 6, 7], MaxTokens = 3 }, default).ToListAsync(), token => Assert.Null(token.PromptLogprobs));
    }

    /// <summary>The model says what follows of a history alone, so that a row of the wrong place shows.</summary>
    [Fact]
    public async Task GenerateAsync_LongPromptsSideBySide_EachRowIsOfItsOwnPlace()
    {
        await using var engine = Engine(new HistoryModel(48, 4, 96));
        var random = new Random(2);
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
        {
            int[] start = [.. Enumerable.Range(0, 1 + random.Next(10)).Select(_ => random.Next(3, 1000))];
            int[] prompt = [.. start, .. HistoryModel.Answer(start, random.Next(1, 60))];
            var told = await TellAsync(engine, new GenerationRequest { PromptTokens = prompt, MaxTokens = 1 + (i % 7), PromptLogprobs = i % 3, ClientId = $"client {i % 3}" });
            Assert.Equal(prompt.Length - 1, told.Count);
            Assert.All(told, logprobs => Assert.Equal(i % 3, logprobs.Top.Count));
            Assert.Equal(prompt.Skip(1).Select((token, at) => Rank(token, HistoryModel.Next(prompt.AsSpan(0, at + 1), 1000))), told.Select(logprobs => logprobs.Rank));
        }));
    }

    /// <summary>Where one token is the likeliest and all others are equally likely.</summary>
    private static int Rank(int token, int likeliest) => token == likeliest ? 1 : 2 + token - (likeliest < token ? 1 : 0);

    [Fact]
    public async Task GenerateAsync_PrefixIsCached_IsComputedAgainForItsLikelihoodsOnly()
    {
        var model = new HistoryModel(48, 4, 96);
        await using var engine = Engine(model);
        var plain = new GenerationRequest { PromptTokens = [.. Enumerable.Range(10, 40)], MaxTokens = 1, TellsCachedTokens = true };
        await engine.GenerateAsync(plain, default).ToListAsync();
        long before = model.Tokens;
        var asking = await engine.GenerateAsync(plain with { PromptLogprobs = 0 }, default).SingleAsync();
        Assert.Equal((40L, 0, 39), (model.Tokens - before, asking.CachedTokens, asking.PromptLogprobs!.Count));

        // What it computed others find.
        Assert.Equal(36, (await engine.GenerateAsync(plain, default).SingleAsync()).CachedTokens);
    }

    [Fact]
    public async Task GenerateAsync_RowWithoutANumber_FailsThePromptThatAsksForItAlone()
    {
        const int Broken = 2;
        await using var engine = Engine(new HistoryModel(48, 4, 96) { NanOn = Broken });
        int[] prompt = [5, 6, Broken, 7, 8];
        var neighbour = TellAsync(engine, new GenerationRequest { PromptTokens = [5, 6, 7], MaxTokens = 20, PromptLogprobs = 1 });
        await Assert.ThrowsAsync<EngineFailedException>(() => TellAsync(engine, new GenerationRequest { PromptTokens = prompt, MaxTokens = 2, PromptLogprobs = 1 }));
        Assert.Equal(2, (await neighbour).Count);
        Assert.Equal(HistoryModel.Answer(prompt, 2), (await engine.GenerateAsync(new GenerationRequest { PromptTokens = prompt, MaxTokens = 2, Sampling = new SamplingParameters { Temperature = 0 } }, default).ToListAsync()).Select(token => token.Id));
    }

    [Fact]
    public async Task GenerateAsync_StepFails_TellsOfEachTokenOnce()
    {
        var model = new HistoryModel(48, 4, 96);
        int failures = 0;
        using var allAsked = new ManualResetEventSlim();
        model.BeforeTokens = tokens =>
        {
            // The first step waits, so that the second one is of all who have asked meanwhile.
            allAsked.Wait();
            // Every step of several sequences fails, and each is run alone then.
            if (tokens.Length > 3 && tokens.Contains(900) && tokens.Contains(901) && failures++ < 5)
                throw new InvalidOperationException("The model fails.");
        };
        await using var engine = Engine(model);
        Task[] asked =
        [
            .. Enumerable.Range(0, 4).Select(async i =>
            {
                int[] prompt = [.. Enumerable.Repeat(900 + (i % 2), 30)];
                Assert.Equal(29, (await TellAsync(engine, new GenerationRequest { PromptTokens = prompt, MaxTokens = 3, PromptLogprobs = 0 })).Count);
            }),
        ];
        allAsked.Set();
        await Task.WhenAll(asked);
        Assert.True(failures > 0);
    }

    /// <summary>A step that is begun ahead takes the rows' place on the device: those of prompts have been read by then, those that did not decide run again with them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GenerateAsync_StepsAreBegunAhead_TellsTheSame(bool hasTies)
    {
        var chained = new ChainedModel(new HistoryModel(120, 4, 96)) { HasTies = hasTies };
        await using var engine = new LlmEngine(chained, History, 120, [], TimeProvider.System, NullLogger<LlmEngine>.Instance);
        await using var plain = Engine(new HistoryModel(120, 4, 96));
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            int[] prompt = [.. Enumerable.Range(0, 5 + (3 * i)).Select(t => 3 + (t * 7 % 90))];
            var request = new GenerationRequest { PromptTokens = prompt, MaxTokens = 24, PromptLogprobs = i % 4 == 0 ? null : 0, Sampling = new SamplingParameters { Temperature = 0 } };
            var expected = await plain.GenerateAsync(request, default).ToListAsync();
            var told = await engine.GenerateAsync(request, default).ToListAsync();
            Assert.Equal(expected.Select(token => token.Id), told.Select(token => token.Id));
            Assert.Equal(expected[0].PromptLogprobs?.Count, told[0].PromptLogprobs?.Count);
            // A tie that the host does not see changes no rank of a token that is not in it.
            if (!hasTies)
                Assert.Equal(expected[0].PromptLogprobs?.Select(logprobs => (logprobs.Rank, logprobs.Chosen)), told[0].PromptLogprobs?.Select(logprobs => (logprobs.Rank, logprobs.Chosen)));
        }));
        Assert.True(chained.Ahead > 20, $"{chained.Ahead} steps were begun ahead.");
    }

    [Fact]
    public async Task GenerateAsync_OnCudasGraph_IsAsLikelyAsTokensThatAreForced()
    {
        using var model = new RandomLlama(CudaModel.Shape() with { EosTokens = [] }, seed: 19);
        using var cuda = new CudaModel(model, new CudaFormat());
        // 128 rows of logits, 8 of them for the sequences.
        var options = History with { CheckpointPath = model.Folder, MaxBatchedTokens = 100 };
        await using var engine = new LlmEngine(new Borrowed(cuda.Session), options, CudaModel.Blocks, [], TimeProvider.System, NullLogger<LlmEngine>.Instance);
        var random = new Random(4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            int[] prompt = [.. Enumerable.Range(0, 30).Select(_ => random.Next(model.Config.VocabularySize))];
            var told = await TellAsync(engine, new GenerationRequest { PromptTokens = prompt, MaxTokens = 2, PromptLogprobs = 2, Sampling = new SamplingParameters { Temperature = 0 } });
            for (int i = 1; i < prompt.Length; i++)
            {
                var sampling = new SamplingParameters { Temperature = 0, Logprobs = 2, LogitBias = new Dictionary<int, float> { [prompt[i]] = 100 } };
                var forced = await engine.GenerateAsync(new GenerationRequest { PromptTokens = prompt[..i], MaxTokens = 1, Sampling = sampling }, default).SingleAsync();
                // Batching changes last bits there.
                Assert.Equal(forced.Logprobs!.Chosen, told[i - 1].Chosen, 1e-2f);
            }
        }));
    }

    [Theory]
    [InlineData(-1, 3, "0 to 20")]
    [InlineData(21, 3, "0 to 20")]
    [InlineData(20, 19_048, "400000")]
    public async Task GenerateAsync_OutOfRange_IsRefusedByName(int count, int tokens, string permitted)
    {
        await using var engine = Engine(new HistoryModel(10_000, 4, 30_000));
        var error = Assert.Throws<ArgumentException>(() => engine.GenerateAsync(new GenerationRequest { PromptTokens = new int[tokens], MaxTokens = 2, PromptLogprobs = count }, default));
        Assert.Contains("PromptLogprobs", error.Message, StringComparison.Ordinal);
        Assert.Contains(permitted, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GenerateAsync_StepsWithoutRoomForRows_IsRefusedByName()
    {
        using var model = new RandomLlama(CudaModel.Shape() with { EosTokens = [] }, seed: 20);
        using var cuda = new CudaModel(model, new CudaFormat(), maxSequences: 128);
        await using var engine = new LlmEngine(new Borrowed(cuda.Session), History with { MaxSequences = 128, MaxBatchedTokens = 129 }, CudaModel.Blocks, [], TimeProvider.System, NullLogger<LlmEngine>.Instance);
        var error = Assert.Throws<ArgumentException>(() => engine.GenerateAsync(new GenerationRequest { PromptTokens = [1, 2], MaxTokens = 2, PromptLogprobs = 0 }, default));
        Assert.Contains("PromptLogprobs", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, await engine.GenerateAsync(new GenerationRequest { PromptTokens = [1, 2], MaxTokens = 2 }, default).CountAsync());
    }

    private static LlmEngine Engine(HistoryModel model) => new(model, History, model.Blocks, [], TimeProvider.System, NullLogger<LlmEngine>.Instance);

    /// <summary>An engine in circumstances that the seed says.</summary>
    private static LlmEngine World(RandomLlama model, int seed)
    {
        var random = new Random(seed);
        int sequences = random.Next(1, 9), blockSize = 4 << random.Next(3), promptRows = random.Next(1, 40);
        var options = new LlmEngineOptions
        {
            CheckpointPath = model.Folder,
            ModelName = "random",
            MaxSequences = sequences,
            MaxBatchedTokens = sequences + random.Next(1, 60),
            MaxPromptTokensBesideDecodes = random.Next(2) == 0 ? random.Next(1, sequences + 1) : null,
            BlockSize = blockSize,
            KvCacheBlocks = (model.Config.ContextLength / blockSize) + 1 + random.Next(sequences * 32 / blockSize),
            KvCacheFormat = seed % 2 == 0 ? KvCacheFormat.Int8 : KvCacheFormat.Float32,
            WeightFormat = (seed % 3) switch { 0 => WeightFormat.Int8, 1 => WeightFormat.Int4, _ => WeightFormat.Float32 },
            PrefixCaching = random.Next(4) > 0,
            PreemptByPriority = random.Next(2) == 0,
            Ranks = 1 + (seed % 2),
            Threads = 1,
        };
        bool drafts = random.Next(3) > 0;
        // Ranks have each a part of a row, or one has them all.
        var steps = WorldSession.Load(options, (drafts ? DraftPlanner.MaxRows : 0) + promptRows, shardVocabulary: random.Next(2) == 0);
        return new LlmEngine(steps, options, options.KvCacheBlocks, [2], TimeProvider.System, NullLogger<LlmEngine>.Instance, drafts ? Costs.Flat : null);
    }

    private static GenerationRequest Request(Random random, int vocabulary)
    {
        int[] phrase = [.. Enumerable.Range(0, 5).Select(_ => random.Next(3, vocabulary))];
        return new GenerationRequest
        {
            PromptTokens = [1, .. Enumerable.Repeat(20 + random.Next(3), 12), .. phrase, .. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(3, vocabulary)), .. phrase],
            MaxTokens = random.Next(1, 40),
            ClientId = $"client {random.Next(3)}",
            Priority = random.Next(-2, 3),
            Sampling = new SamplingParameters
            {
                Temperature = random.Next(2),
                Seed = (ulong)random.NextInt64(),
                Logprobs = random.Next(4),
                RepetitionPenalty = random.Next(3) == 0 ? 1.2f : 1,
                // Answers of few tokens, which are drafted well.
                LogitBias = random.Next(2) == 0 ? phrase.Distinct().ToDictionary(token => token, _ => 20f) : null,
            },
        };
    }

    private static async Task CompareAsync(LlmEngine engine, GenerationRequest request)
    {
        var answer = await engine.GenerateAsync(request, default).ToListAsync();
        var again = request with { PromptTokens = [.. request.PromptTokens, .. answer.Select(token => token.Id)], PromptLogprobs = request.Sampling.Logprobs };
        if (again.PromptTokens.Length + again.MaxTokens > engine.ContextLength)
            again = again with { MaxTokens = 1 };

        var told = await TellAsync(engine, again);
        Assert.Equal(again.PromptTokens.Length - 1, told.Count);
        for (int i = 0; i < answer.Count; i++)
            AssertSame(answer[i].Logprobs!, told[request.PromptTokens.Length - 1 + i]);
    }

    private static async Task<IReadOnlyList<TokenLogprobs>> TellAsync(LlmEngine engine, GenerationRequest request)
    {
        var tokens = await engine.GenerateAsync(request, default).ToListAsync();
        Assert.All(tokens.Skip(1), token => Assert.Null(token.PromptLogprobs));
        return tokens[0].PromptLogprobs!;
    }

    /// <summary>Bit by bit.</summary>
    private static void AssertSame(TokenLogprobs expected, TokenLogprobs actual)
    {
        Assert.Equal((BitConverter.SingleToInt32Bits(expected.Chosen), expected.Rank), (BitConverter.SingleToInt32Bits(actual.Chosen), actual.Rank));
        Assert.Equal(expected.Top.Select(top => (top.Id, BitConverter.SingleToInt32Bits(top.Logprob))), actual.Top.Select(top => (top.Id, BitConverter.SingleToInt32Bits(top.Logprob))));
    }

    /// <summary>A session that outlives the engine.</summary>
    private sealed class Borrowed(IStepModel model) : IStepModel
    {
        public int VocabularySize => model.VocabularySize;

        public int ContextLength => model.ContextLength;

        public int BlockSize => model.BlockSize;

        public int TableWidth => model.TableWidth;

        public int MaxRows => model.MaxRows;

        public int Candidates => model.Candidates;

        public bool CanRunAhead => model.CanRunAhead;

        public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null) => model.Run(step, meanwhile);

        public StepRows RunRows(scoped StepInputs step, Action? meanwhile = null) => model.RunRows(step, meanwhile);

        public void Begin(scoped StepInputs step) => model.Begin(step);

        public StepRows End(Action? meanwhile = null) => model.End(meanwhile);

        public ReadOnlySpan<float> ReadLogits(scoped ReadOnlySpan<int> rows) => model.ReadLogits(rows);

        public void Dispose()
        {
        }
    }
}

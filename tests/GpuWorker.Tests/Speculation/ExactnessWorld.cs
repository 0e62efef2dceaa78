using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Answers;
using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;
using Serverless.GpuWorker.Tests.Constraints;
using Serverless.GpuWorker.Tests.Execution;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Speculation;

/// <summary>
/// Two engines over one random checkpoint that differ in nothing but that one drafts, in circumstances that the seed says: batch, budget (and so chunks), blocks (and so preemptions), block size, prefix
/// sharing, format of the cache, ranks. Requests say everything that a request can say about sampling.
/// </summary>
internal sealed class ExactnessWorld : IAsyncDisposable
{
    public static readonly JsonVocabulary Vocabulary = new();

    private static readonly AnswerForm[] OtherForms =
    [
        new(AnswerFormKind.Pattern, "(red|blue)(, (red|blue)){2,30}"),
        new(AnswerFormKind.Choice, """["red, red, red, red, blue","red, red, blue","name"]"""),
        new(AnswerFormKind.Grammar, "root ::= item | \"[\" root (\", \" root)* \"]\"\nitem ::= \"red\" | \"blue\" | [a-f]+"),
    ];

    private static readonly string[] Schemas =
    [
        """{"type":"array","items":{"type":"object","properties":{"kind":{"enum":["red","blue"]},"id":{"type":"integer","minimum":0,"maximum":99}},"required":["kind","id"]},"minItems":2,"maxItems":5}""",
        """{"type":"array","items":{"type":"string","maxLength":3},"minItems":6,"maxItems":9}""",
        """{"type":"object","properties":{"name":{"type":"string","pattern":"^(ab|ba)+$","maxLength":12},"tag":{"type":"array","items":{"type":"boolean"},"minItems":4,"maxItems":8}},"required":["name","tag"]}""",
        """{"type":"object"}""",
    ];

    private readonly int _seed, _batch;
    private readonly LlmEngine _plain;
    private readonly List<string> _violations = [];

    public ExactnessWorld(RandomLlama model, int seed)
    {
        _seed = seed;
        var random = new Random(seed);
        _batch = random.Next(1, 17);
        int blockSize = 4 << random.Next(3);
        // From what holds little more than one answer to what holds all.
        int blocks = (ContextLength / blockSize) + 1 + random.Next(_batch * 48 / blockSize);
        var options = new LlmEngineOptions
        {
            CheckpointPath = model.Folder,
            ModelName = "random",
            Tokenizer = Vocabulary,
            MaxSequences = _batch,
            MaxBatchedTokens = _batch + random.Next(1, 60),
            BlockSize = blockSize,
            KvCacheBlocks = blocks,
            KvCacheFormat = random.Next(2) == 0 ? KvCacheFormat.Int8 : KvCacheFormat.Float32,
            WeightFormat = random.Next(3) == 0 ? (seed % 2 == 0 ? WeightFormat.Int8 : WeightFormat.Int4) : WeightFormat.Float32,
            PrefixCaching = random.Next(4) > 0,
            MaxQueuedRequests = 1000,
            Ranks = random.Next(4) == 0 ? 2 : 1,
            MaxDraftTokens = random.Next(1, 20),
            Threads = 1,
        };
        var costs = random.Next(4) == 0 ? Costs.Line(0.2) : Costs.Flat;
        _plain = Create(options, null);
        Drafting = Create(options, costs);
        Drafting.Loop.StepCompleted = scheduler =>
        {
            _violations.AddRange(scheduler.Violations());
            Preemptions = scheduler.Preemptions;
        };
    }

    public static int ContextLength => 128;

    public LlmEngine Drafting { get; }

    public long Preemptions { get; private set; }

    public static RandomLlama CreateModel() => new(
        RandomLlama.Tiny() with { VocabularySize = Vocabulary.VocabularySize, HiddenSize = 32, IntermediateSize = 64, ContextLength = ContextLength, EosTokens = [Vocabulary.EosId] }, seed: 7);

    /// <summary>Runs so many requests on both engines, as many at once as run in a batch and more, and compares all that their readers get.</summary>
    /// <param name="change">Makes of a request what the test is about.</param>
    /// <param name="stopsWithin">Whether each answer is stopped by a string that stands within it.</param>
    public async Task CompareAsync(int requests, Func<GenerationRequest, GenerationRequest>? change = null, bool stopsWithin = false)
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, requests), new ParallelOptions { MaxDegreeOfParallelism = _batch + 2 }, async (number, _) =>
        {
            var random = new Random((_seed * 100_003) + number);
            var plan = Plan(random);
            plan = plan with { Request = change is null ? plan.Request : change(plan.Request) };
            if (random.Next(5) == 0)
                plan = await ResumedAsync(plan, random);

            if (stopsWithin)
                plan = await StoppedAsync(plan, random);

            string expected = await AnswerAsync(_plain, plan);
            if (random.Next(8) == 0)
                await LeaveAsync(plan.Request with { ClientId = "leaves" }, random.Next(1, 6));

            Assert.Equal(expected, await AnswerAsync(Drafting, plan));
        });
        Assert.Empty(_violations);
        Assert.Equal(default, _plain.GetStatus().Drafts);
    }

    public async ValueTask DisposeAsync()
    {
        await Drafting.DisposeAsync();
        await _plain.DisposeAsync();
    }

    private static LlmEngine Create(LlmEngineOptions options, StepCosts? costs) => new(
        WorldSession.Load(options, DraftPlanner.MaxRows), options, options.KvCacheBlocks, [Vocabulary.EosId], TimeProvider.System, NullLogger<LlmEngine>.Instance, costs);

    private static AnswerForm FormOf(Random random) => random.Next(3) == 0 ? OtherForms[random.Next(OtherForms.Length)] : AnswerForm.Schema(Schemas[random.Next(Schemas.Length)]);

    private static SequencePlan Plan(Random random)
    {
        int maxTokens = random.Next(1, 48);
        bool hasSchema = random.Next(4) == 0;
        var request = new GenerationRequest
        {
            PromptTokens = Prompt(random),
            MaxTokens = maxTokens,
            MinTokens = Sometimes(0, () => random.Next(maxTokens + 1)),
            StopTokens = Sometimes<int[]>([], () => [random.Next(3, Vocabulary.VocabularySize), random.Next(3, Vocabulary.VocabularySize)]),
            Priority = random.Next(-100, 101),
            ClientId = $"client {random.Next(3)}",
            Sampling = new SamplingParameters
            {
                Temperature = random.Next(3) switch { 0 => 0, 1 => 0.3f, _ => 1 },
                Seed = (ulong)random.NextInt64(),
                TopP = Sometimes(1, () => 0.8f),
                TopK = Sometimes(0, () => random.Next(1, 40)),
                MinP = Sometimes(0, () => 0.05f),
                PresencePenalty = Sometimes(0, () => (random.NextSingle() * 4) - 2),
                FrequencyPenalty = Sometimes(0, () => (random.NextSingle() * 4) - 2),
                RepetitionPenalty = Sometimes(1, () => 0.5f + random.NextSingle()),
                LogitBias = Sometimes<Dictionary<int, float>?>(null, () => Enumerable.Range(0, 8).ToDictionary(i => random.Next(i * 30, (i + 1) * 30), _ => (random.NextSingle() * 12) - 6)),
                Logprobs = Sometimes<int?>(null, () => random.Next(0, 6)),
                Form = hasSchema ? FormOf(random) : null,
            },
        };
        string[] stops = Sometimes<string[]>([], () => [$"{(char)random.Next('a', 'f')}", "}", "red\""]);
        return new SequencePlan(0, request, stops, Continues: true, TellsTokens: true);

        T Sometimes<T>(T otherwise, Func<T> value) => random.Next(4) == 0 ? value() : otherwise;
    }

    /// <summary>Some beginnings are common, some parts stand several times.</summary>
    private static int[] Prompt(Random random)
    {
        List<int> tokens = [1, .. Enumerable.Repeat(20 + random.Next(3), 12)];
        var phrase = Enumerable.Range(0, random.Next(2, 8)).Select(_ => random.Next(3, Vocabulary.VocabularySize)).ToArray();
        for (int parts = random.Next(1, 5); parts > 0; parts--)
            tokens.AddRange(random.Next(2) == 0 ? phrase : Enumerable.Range(0, random.Next(1, 10)).Select(_ => random.Next(3, Vocabulary.VocabularySize)));

        return [.. tokens];
    }

    private async Task<SequencePlan> ResumedAsync(SequencePlan plan, Random random)
    {
        var whole = await _plain.GenerateAsync(plan.Request, default).ToListAsync();
        return plan with { Request = plan.Request with { PriorTokens = [.. whole.Take(random.Next(whole.Count)).Select(token => token.Id)] } };
    }

    private async Task<SequencePlan> StoppedAsync(SequencePlan plan, Random random)
    {
        var whole = await _plain.GenerateAsync(plan.Request, default).ToListAsync();
        string text = Encoding.Latin1.GetString([.. whole.SelectMany(token => Vocabulary.BytesOf(token.Id)?.ToArray() ?? []).Where(character => character is > 31 and < 127)]);
        int length = random.Next(2, 6);
        return text.Length < length ? plan : plan with { Stops = [text.Substring(random.Next(text.Length - length + 1), length)] };
    }

    /// <summary>A client that goes away among its tokens.</summary>
    private async Task LeaveAsync(GenerationRequest request, int tokens) => await Drafting.GenerateAsync(request, default).Take(tokens).ToListAsync();

    /// <summary>All that a reader gets, down to the bits of log probabilities.</summary>
    private static async Task<string> AnswerAsync(LlmEngine engine, SequencePlan plan)
    {
        var answer = new StringBuilder();
        var model = new LlmModel("random", engine, Vocabulary, new GenerationDefaults());
        await new SequenceRunner(model, new ServingMetrics(), TimeProvider.System).RunAsync(plan, piece =>
        {
            answer.Append(CultureInfo.InvariantCulture, $"'{piece.Text}'");
            foreach (var token in piece.Tokens)
            {
                answer.Append(CultureInfo.InvariantCulture, $" {token.Id} {token.Finish}");
                if (token.Logprobs is { } logprobs)
                    answer.Append(CultureInfo.InvariantCulture, $" [{Bits(logprobs.Chosen)}: {string.Join(' ', logprobs.Top.Select(top => $"{top.Id}={Bits(top.Logprob)}"))}]");
            }
            answer.Append(CultureInfo.InvariantCulture, $" {piece.Result}\n");
        }, default);
        return answer.ToString();

        static int Bits(float value) => BitConverter.SingleToInt32Bits(value);
    }
}

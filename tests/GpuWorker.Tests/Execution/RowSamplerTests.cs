using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Constraints;

namespace Serverless.GpuWorker.Tests.Execution;

public sealed class RowSamplerTests
{
    private const int Vocabulary = 500;
    private static readonly JsonVocabulary Constrained = new();
    private static readonly TokenTrie Trie = TokenTrie.Of(Constrained);

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void Sample_SeveralThreads_GivesWhatOneGives(float temperature)
    {
        using var one = Create(threads: 1);
        using var four = Create(threads: 4);
        var random = new Random(6);
        for (int step = 0; step < 300; step++)
        {
            int rows = random.Next(1, 40);
            var plan = Plan(rows, temperature);
            float[] logits = [.. Enumerable.Range(0, rows * Vocabulary).Select(_ => random.NextSingle())];

            Assert.Equal(one.Sample(plan, logits, Vocabulary).ToArray(), four.Sample(plan, logits, Vocabulary).ToArray());
        }
    }

    [Fact]
    public void Sample_SchemasOnSeveralThreads_GivesWhatOneGives()
    {
        using var one = CreateConstrained(threads: 1);
        using var four = CreateConstrained(threads: 4);
        var alone = PlanConstrained(rows: 24);
        var shared = PlanConstrained(rows: 24);
        var random = new Random(9);
        for (int step = 0; step < 40; step++)
        {
            float[] logits = [.. Enumerable.Range(0, 24 * Constrained.VocabularySize).Select(_ => random.NextSingle() * 6)];
            var expected = one.Sample(alone, logits, Constrained.VocabularySize).ToArray();

            Assert.All(expected, row => Assert.NotNull(row.Token));
            Assert.Equal(expected, four.Sample(shared, logits, Constrained.VocabularySize).ToArray());
            Go(alone, expected);
            Go(shared, expected);
        }
    }

    [Fact]
    public void Sample_PartThatIsNotSampledAndRowThatIsNoUse_AreTheirsAlone()
    {
        using var sampler = Create(threads: 2);
        var plan = Plan(3, 0);
        plan[1] = plan[1] with { Count = 1 };
        var logits = new float[2 * Vocabulary];
        logits[7] = 1;
        logits[Vocabulary] = float.NaN;

        Assert.Equal([new SampledRow(new SampledToken(7), null), new SampledRow(null, null)], sampler.Sample(plan, logits, Vocabulary).ToArray());
        Assert.Throws<ArgumentException>(() => sampler.Sample(plan, logits.AsSpan(1), Vocabulary).Length);
    }

    [Fact]
    public void Sample_RowWhoseSamplingThrows_FailsAlone()
    {
        using var sampler = Create(threads: 2);
        var plan = Plan(2, 0);
        // A penalty on a token outside of the vocabulary.
        var broken = Create([1, 2], new SamplingParameters { Temperature = 0, PresencePenalty = 1 });
        broken.Append(Vocabulary + 1);
        plan[0] = new ScheduledSequence(broken, 2, 1);
        var logits = new float[2 * Vocabulary];
        logits[Vocabulary + 9] = 1;

        var rows = sampler.Sample(plan, logits, Vocabulary);

        Assert.NotNull(rows[0].Failure);
        Assert.Equal(new SampledRow(new SampledToken(9), null), rows[1]);
    }

    private static RowSampler CreateConstrained(int threads) =>
        new([.. Enumerable.Range(0, threads).Select(_ => new Sampler(Constrained.VocabularySize, [Constrained.EosId], new ConstraintCompiler(Trie, [Constrained.EosId])))]);

    private static ScheduledSequence[] PlanConstrained(int rows) =>
    [
        .. Enumerable.Range(0, rows).Select(i =>
        {
            string schema = i % 2 == 0 ? """{"type":"array","items":{"type":"string","maxLength":7},"minItems":40}""" : """{"type":"array","minItems":40}""";
            var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 99, Sampling = new SamplingParameters { Seed = (ulong)i, Form = AnswerForm.Schema(schema) } };
            return new ScheduledSequence(new Sequence(1, request, BlockHash.Root("secret"u8, "me")) { Form = ReadForm.OfSchema(schema) }, 0, 1);
        }),
    ];

    private static void Go(ScheduledSequence[] plan, SampledRow[] rows)
    {
        for (int i = 0; i < plan.Length; i++)
        {
            plan[i].Sequence.Append(rows[i].Token!.Value.Id);
            plan[i] = plan[i] with { Start = plan[i].Sequence.Length - 1 };
        }
    }

    private static RowSampler Create(int threads) => new([.. Enumerable.Range(0, threads).Select(_ => new Sampler(Vocabulary, []))]);

    private static ScheduledSequence[] Plan(int rows, float temperature) =>
        [.. Enumerable.Range(0, rows).Select(i => new ScheduledSequence(Create([1, 2, 3], new SamplingParameters { Temperature = temperature, Seed = (ulong)i }), 0, 3))];

    private static Sequence Create(int[] prompt, SamplingParameters sampling) =>
        new(1, new GenerationRequest { PromptTokens = prompt, MaxTokens = 9, Sampling = sampling }, BlockHash.Root("secret"u8, "me"));
}

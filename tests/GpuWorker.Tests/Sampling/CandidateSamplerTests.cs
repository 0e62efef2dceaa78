using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Sampling;

/// <summary>Rows sampled from their likeliest tokens, beside the same rows sampled whole.</summary>
public sealed class CandidateSamplerTests
{
    private const int Count = 32;

    /// <summary>Of a vocabulary that fills whole blocks of the draw and of ones that do not; of logits as float16 has them, of which many are equal, and of peaked and flat rows.</summary>
    [Theory]
    [InlineData(1024)]
    [InlineData(1001)]
    [InlineData(300)]
    [InlineData(Count)]
    [InlineData(20)]
    public void TryChoose_AnyRow_ChoosesWhatTheWholeRowDoesOrNothing(int vocabulary)
    {
        var whole = new Sampler(vocabulary, []);
        var few = new CandidateSampler(vocabulary);
        var random = new Random(vocabulary);
        var (decided, asked) = (0, 0);
        for (int i = 0; i < 20_000; i++)
        {
            var sampling = Parameters(random);
            float[] row = Row(random, vocabulary);
            var request = Request(sampling);
            if (CandidateRule.InverseTemperature(request, 0, Math.Min(Count, vocabulary)) is not (> 0 and var inverse))
                continue;

            asked++;
            if (!few.TryChoose(Candidates(row, inverse, random), sampling, request.PromptTokens.Length, out int token))
                continue;

            decided++;
            Assert.Equal(whole.Sample(row, request, request.PromptTokens, null)!.Value.Id, token);
        }

        Assert.InRange(asked, 10_000, 20_000);
        Assert.InRange(decided, asked / 2, asked);
    }

    /// <summary>Flat rows of few levels, so that the cut is mostly among equal tokens of which the candidates are only some: which of them may be chosen is the whole row's to say.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(0.08f)]
    public void TryChoose_CutAmongEqualTokens_ChoosesWhatTheWholeRowDoesOrNothing(float topP)
    {
        const int Vocabulary = 400;
        var whole = new Sampler(Vocabulary, []);
        var few = new CandidateSampler(Vocabulary);
        var random = new Random(9);
        int decided = 0, open = 0;
        for (int i = 0; i < 5000; i++)
        {
            float[] row = [.. Enumerable.Range(0, Vocabulary).Select(_ => 0.1f * Math.Max(0, random.Next(40) - 34))];
            var sampling = new SamplingParameters { Temperature = 1, TopK = topP < 1 ? 0 : random.Next(2, Count), TopP = topP, Seed = (ulong)i };
            var request = Request(sampling);
            bool isDecided = few.TryChoose(Candidates(row, 1, random), sampling, request.PromptTokens.Length, out int token);
            (decided, open) = (decided + (isDecided ? 1 : 0), open + (isDecided ? 0 : 1));
            if (isDecided)
                Assert.Equal(whole.Sample(row, request, request.PromptTokens, null)!.Value.Id, token);
        }

        Assert.InRange(decided, 200, 4800);
        Assert.InRange(open, 200, 4800);
    }

    /// <summary>As a model's rows mostly are: a few tokens have nearly all of the probability.</summary>
    [Theory]
    [InlineData(0, 1, 0, 0)]
    [InlineData(0.7f, 1, 20, 0)]
    [InlineData(0.7f, 0.9f, 0, 0)]
    [InlineData(1, 0.95f, 20, 0)]
    [InlineData(1, 1, 0, 0.05f)]
    [InlineData(1, 0.9f, 0, 0.05f)]
    public void TryChoose_PeakedRows_DecidesNearlyAlways(float temperature, float topP, int topK, float minP)
    {
        var sampler = new CandidateSampler(1000);
        var sampling = new SamplingParameters { Temperature = temperature, TopP = topP, TopK = topK, MinP = minP, Seed = 7 };
        var random = new Random(3);
        float inverse = CandidateRule.InverseTemperature(Request(sampling), 0, Count);
        int decided = 0;
        for (int i = 0; i < 1000; i++)
        {
            float[] row = [.. Enumerable.Range(0, 1000).Select(token => (4 * random.NextSingle()) - (token % 100 == 0 ? 0 : 8))];
            decided += sampler.TryChoose(Candidates(row, inverse, random), sampling, i, out _) ? 1 : 0;
        }

        Assert.True(inverse > 0);
        Assert.InRange(decided, 980, 1000);
    }

    [Fact]
    public void TryChoose_RowThatHoldsNoNumber_IsLeftToTheWholeRow()
    {
        var sampler = new CandidateSampler(200);
        var random = new Random(4);
        foreach (float wrong in (float[])[float.NaN, float.PositiveInfinity])
        {
            float[] row = Row(random, 200);
            row[150] = wrong;
            foreach (float temperature in (float[])[0, 0.5f])
                Assert.False(sampler.TryChoose(Candidates(row, 1, random), new SamplingParameters { Temperature = temperature, TopK = 5 }, 3, out _));
        }
        Assert.False(sampler.TryChoose(Candidates([.. Enumerable.Repeat(float.NegativeInfinity, 200)], 1, random), new SamplingParameters { Temperature = 0 }, 3, out _));
    }

    /// <summary>A kernel that ends early leaves whatever was there before.</summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(200)]
    [InlineData(long.MaxValue)]
    public void TryChoose_TokenThatIsNone_IsLeftToTheWholeRow(long token)
    {
        var tokens = Enumerable.Range(0, Count).Select(i => (long)i).ToArray();
        tokens[9] = token;

        Assert.False(new CandidateSampler(200).TryChoose(new TokenCandidates(new float[Count], tokens, 200), new SamplingParameters { Temperature = 0 }, 3, out _));
    }

    [Fact]
    public void TryChoose_MoreEqualBestOnesThanCandidates_IsLeftToTheWholeRow()
    {
        var random = new Random(5);
        float[] equal = new float[200];

        Assert.False(new CandidateSampler(200).TryChoose(Candidates(equal, 1, random), new SamplingParameters { Temperature = 0 }, 3, out _));
        Assert.True(new CandidateSampler(Count).TryChoose(Candidates(equal[..Count], 1, random), new SamplingParameters { Temperature = 0 }, 3, out int token));
        Assert.Equal(0, token);
    }

    /// <summary>Equal ones to a device, of which the search through a whole row takes the first 0 before any -0.</summary>
    [Fact]
    public void TryChoose_BestOnesThatAreZeros_ChoosesWhatTheWholeRowDoesOrNothing()
    {
        var whole = new Sampler(200, []);
        var few = new CandidateSampler(200);
        var random = new Random(8);
        var request = Request(new SamplingParameters { Temperature = 0 });
        int decided = 0;
        for (int i = 0; i < 300; i++)
        {
            float[] row = [.. Enumerable.Range(0, 200).Select(_ => random.Next(40) == 0 ? (i % 3 == 0 || (i % 3 == 1 && random.Next(2) == 0) ? 0f : -0f) : -1 - random.NextSingle())];
            if (!few.TryChoose(Candidates(row, 1, random), request.Sampling, 3, out int token))
                continue;

            decided++;
            Assert.Equal(whole.Sample(row, request, request.PromptTokens, null)!.Value.Id, token);
        }

        Assert.InRange(decided, 190, 260);
    }

    /// <summary>What a device's sum may be wrong by decides nothing: where the border lies within it, the whole row is asked.</summary>
    [Fact]
    public void TryChoose_TotalWrongByItsError_ChangesNoToken()
    {
        var sampler = new CandidateSampler(1000);
        var random = new Random(6);
        int both = 0, open = 0;
        for (int i = 0; i < 20_000; i++)
        {
            float[] row = [.. Enumerable.Range(0, 1000).Select(token => (4 * random.NextSingle()) - (token % 100 == 0 ? 0 : 8))];
            var sampling = new SamplingParameters { Temperature = 1, TopP = 0.5f + (0.49f * random.NextSingle()), Seed = (ulong)i };
            float total = Total(row, 1);
            bool less = sampler.TryChoose(Candidates(row, 1, random, total * (1 - (0.9f * (float)CandidateSampler.TotalError))), sampling, 3, out int lower);
            bool more = sampler.TryChoose(Candidates(row, 1, random, total * (1 + (0.9f * (float)CandidateSampler.TotalError))), sampling, 3, out int upper);
            if (less && more)
                Assert.Equal(lower, upper);

            (both, open) = (both + (less && more ? 1 : 0), open + (less && more ? 0 : 1));
        }

        Assert.InRange(both, 18_000, 20_000);
        Assert.True(open > 0, "no border came near");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void InverseTemperature_RowsThatNeedAllLogits_HaveNone(bool isGreedy)
    {
        var sampling = new SamplingParameters { Temperature = isGreedy ? 0 : 0.5f, TopK = 10 };
        (GenerationRequest Request, int Generated)[] whole =
        [
            (Request(sampling with { Logprobs = 0 }), 5),
            (Request(sampling with { LogitBias = new Dictionary<int, float> { [3] = 1 } }), 5),
            (Request(sampling with { RepetitionPenalty = 1.1f }), 5),
            (Request(sampling with { FrequencyPenalty = 0.1f }), 5),
            (Request(sampling with { PresencePenalty = 0.1f }), 5),
            (Request(sampling with { Form = AnswerForm.Schema("{}") }), 5),
            (Request(sampling) with { MinTokens = 6 }, 5),
            (Request(sampling) with { IgnoresEos = true }, 5),
        ];

        Assert.All(whole, row => Assert.Equal(0, CandidateRule.InverseTemperature(row.Request, row.Generated, Count)));
        Assert.Equal(0, CandidateRule.InverseTemperature(Request(sampling), 5, 0));
        Assert.Equal(isGreedy ? 1 : 2, CandidateRule.InverseTemperature(Request(sampling) with { MinTokens = 5 }, 5, Count));
    }

    [Theory]
    [InlineData(1, 0, 0, 0)]
    [InlineData(1, Count, 0, 0)]
    [InlineData(1, Count - 1, 0, 2)]
    [InlineData(0.9f, 0, 0, 2)]
    [InlineData(0.9f, Count, 0, 0)]
    [InlineData(1, 0, 0.1f, 2)]
    public void InverseTemperature_Draws_HaveOneWhereSomethingNarrowsThem(float topP, int topK, float minP, float expected) =>
        Assert.Equal(expected, CandidateRule.InverseTemperature(Request(new SamplingParameters { Temperature = 0.5f, TopP = topP, TopK = topK, MinP = minP }), 0, Count));

    private static SamplingParameters Parameters(Random random) => new()
    {
        Temperature = random.Next(4) == 0 ? 0 : (float)(random.Next(2) == 0 ? 1 : 2 * random.NextDouble()),
        TopK = random.Next(3) == 0 ? random.Next(1, Count + 3) : 0,
        TopP = random.Next(2) == 0 ? 1 : 0.3f + (0.7f * random.NextSingle()),
        MinP = random.Next(3) == 0 ? 0.3f * random.NextSingle() * random.NextSingle() : 0,
        Seed = (ulong)random.NextInt64(),
    };

    private static float[] Row(Random random, int vocabulary)
    {
        float spread = 1 + (20 * random.NextSingle());
        bool isHalf = random.Next(2) == 0;
        return [.. Enumerable.Range(0, vocabulary).Select(_ => spread * random.NextSingle() * random.NextSingle() * random.NextSingle()).Select(logit => isHalf ? (float)(Half)logit : logit)];
    }

    /// <summary>As a device gives them: the highest logits, of equal ones any, in any order among them.</summary>
    private static TokenCandidates Candidates(float[] row, float inverse, Random random, float? total = null)
    {
        int[] order = [.. Enumerable.Range(0, row.Length)];
        random.Shuffle(order);
        int[] first = [.. order.OrderByDescending(token => row[token]).Take(Count)];
        return new TokenCandidates(first.Select(token => row[token]).ToArray(), first.Select(token => (long)token).ToArray(), total ?? Total(row, inverse));
    }

    private static float Total(float[] row, float inverse)
    {
        float best = row.Max();
        return row.Sum(logit => MathF.Exp((logit - best) * inverse));
    }

    private static GenerationRequest Request(SamplingParameters sampling) => new() { PromptTokens = [1, 2, 3], MaxTokens = 10, Sampling = sampling };
}

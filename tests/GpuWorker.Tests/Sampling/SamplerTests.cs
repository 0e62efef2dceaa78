using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly float[] Logits = [0.5f, 2, -1, 1.5f, 2, 0];

    [Fact]
    public void Sample_TemperatureZero_TakesTheFirstOfTheBest() =>
        Assert.Equal(1, Draw(Logits, new() { Temperature = 0 }));

    /// <summary>OpenAI: -100 or 100 should ban a token or select it exclusively. Scores may lie further apart than that.</summary>
    [Fact]
    public void Sample_BiasOfOneHundred_BansOrLeavesNothingElse()
    {
        float[] logits = [300, 0, -250, -251, 90];
        var draws = (IReadOnlyDictionary<int, float> bias) => Enumerable.Range(0, 60).Select(position => Draw(logits, new() { Temperature = 1, Seed = 3, LogitBias = bias }, position)).Distinct().Order().ToArray();

        Assert.Equal([4], draws(new Dictionary<int, float> { [0] = -100 }));
        Assert.Equal([1], draws(new Dictionary<int, float> { [1] = 100 }));
        Assert.Equal([2, 3], draws(new Dictionary<int, float> { [2] = 100, [3] = 100 }));
        Assert.Equal([0], draws(new Dictionary<int, float> { [1] = 99.9f, [0] = -99.9f }));
    }

    [Fact]
    public void Sample_BadWords_NeverCompletesOne()
    {
        float[] logits = [0, 1, 2, 3, 2.5f];
        var sampling = new SamplingParameters { Temperature = 0, BadWords = [[3], [4, 4], [1, 2, 4]] };
        Assert.Equal(4, Draw(logits, sampling, generated: []));
        Assert.Equal(2, Draw(logits, sampling, generated: [4]));
        Assert.Equal(4, Draw(logits, sampling, generated: [0, 2]));
        Assert.Equal(2, Draw(logits, sampling, generated: [1, 2]));

        var random = new Random(7);
        var tokens = new List<int>();
        var sampler = new Sampler(logits.Length, []);
        while (tokens.Count < 2000)
            tokens.Add(Draw(sampler, [.. Enumerable.Range(0, 5).Select(_ => random.NextSingle() * 4)], sampling with { Temperature = 1, Seed = 5, LogitBias = new Dictionary<int, float> { [3] = 100 } }, [.. tokens])!.Value);

        foreach (int[] word in sampling.BadWords)
            Assert.DoesNotContain(Enumerable.Range(0, tokens.Count - word.Length + 1), at => tokens.Skip(at).Take(word.Length).SequenceEqual(word));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Sample_UnusableLogits_YieldsNothing(float bad)
    {
        float[] logits = [1, bad, 2];

        Assert.Null(Draw(logits, new() { Temperature = 0 }));
        Assert.Null(Draw(logits, new() { Temperature = 1 }));
        Assert.Null(Draw([float.NegativeInfinity, float.NegativeInfinity], new()));
    }

    [Fact]
    public void Sample_SeedAndPosition_DetermineTheToken()
    {
        var parameters = new SamplingParameters { Seed = 42 };

        int?[] once = [.. Enumerable.Range(0, 50).Select(position => Draw(Logits, parameters, position))];
        int?[] again = [.. Enumerable.Range(0, 50).Select(position => Draw(Logits, parameters, position))];
        int?[] otherSeed = [.. Enumerable.Range(0, 50).Select(position => Draw(Logits, parameters with { Seed = 43 }, position))];

        Assert.Equal(once, again);
        Assert.NotEqual(once, otherSeed);
        Assert.True(once.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData(1f, 1f, 0)]
    [InlineData(0.5f, 1f, 0)]
    [InlineData(2f, 0.7f, 0)]
    [InlineData(1f, 1f, 3)]
    [InlineData(1.3f, 0.8f, 4)]
    public void Sample_ManyPositions_FollowsTheDistribution(float temperature, float topP, int topK)
    {
        const int Draws = 40_000;
        var parameters = new SamplingParameters { Temperature = temperature, TopP = topP, TopK = topK, Seed = 9 };
        var sampler = new Sampler(Logits.Length, []);
        var counts = new int[Logits.Length];
        int[] tokens = new int[Draws];
        for (int position = 0; position < Draws; position++)
            counts[Draw(sampler, Logits, parameters, tokens.AsSpan(0, position))!.Value]++;

        double[] expected = Distribution(Logits, temperature, topP, topK);
        for (int token = 0; token < Logits.Length; token++)
            Assert.Equal(expected[token], counts[token] / (double)Draws, 0.015);
    }

    [Fact]
    public void Sample_TopPOnManyTokens_StaysInTheNucleus()
    {
        var random = new Random(5);
        float[] logits = [.. Enumerable.Range(0, 2000).Select(_ => (float)(random.NextDouble() * 8))];
        double[] nucleus = Distribution(logits, 1, 0.3f, 0);
        var sampler = new Sampler(logits.Length, []);

        for (int position = 0; position < 2000; position++)
            Assert.True(nucleus[Draw(sampler, logits, new() { TopP = 0.3f, Seed = 1 }, new int[position])!.Value] > 0);
    }

    [Fact]
    public void Sample_TinyTopP_IsGreedy() => Assert.Equal(1, Draw(Logits, new() { TopP = 1e-6f, Temperature = 2 }));

    [Fact]
    public void Sample_Penalties_CountGeneratedTokens()
    {
        var greedy = new SamplingParameters { Temperature = 0 };

        Assert.Equal(4, Draw(Logits, greedy with { PresencePenalty = 0.1f }, 0, [1]));
        Assert.Equal(1, Draw(Logits, greedy with { FrequencyPenalty = 0.1f }, 0, [1, 4, 4]));
        Assert.Equal(3, Draw(Logits, greedy with { FrequencyPenalty = 0.3f }, 0, [1, 1, 4, 4]));
        Assert.Equal(2, Draw(Logits, greedy with { PresencePenalty = -2, FrequencyPenalty = -2 }, 0, [2, 2]));
    }

    [Fact]
    public void Uniform_OverSeedsAndPositions_IsEvenAndUncorrelated()
    {
        const int Count = 20_000;
        double[] values = [.. Enumerable.Range(0, Count).Select(i => SamplingNoise.Uniform((ulong)(i % 100), i / 100))];

        Assert.All(values, value => Assert.InRange(value, 0, 1 - 1e-16));
        Assert.Equal(0.5, values.Average(), 0.01);
        Assert.Equal(1.0 / 12, values.Average(v => (v - 0.5) * (v - 0.5)), 0.002);
        Assert.Equal(0, values.Zip(values.Skip(1), (a, b) => (a - 0.5) * (b - 0.5)).Average(), 0.003);
        Assert.Equal(0, values.Zip(values.Skip(100), (a, b) => (a - 0.5) * (b - 0.5)).Average(), 0.003);
        Assert.Equal(Count, values.Distinct().Count());
    }

    private static int? Draw(float[] logits, SamplingParameters parameters, int position = 0, int[]? generated = null) =>
        Draw(new Sampler(logits.Length, []), logits, parameters, generated ?? new int[position]);

    private static int? Draw(Sampler sampler, float[] logits, SamplingParameters parameters, ReadOnlySpan<int> tokens) =>
        sampler.Sample(logits, new GenerationRequest { PromptTokens = [], MaxTokens = 1, Sampling = parameters }, tokens, null)?.Id;

    private static double[] Distribution(float[] logits, double temperature, float topP, int topK)
    {
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(t => logits[t]).ThenBy(t => t).ToArray();
        int[] kept = topK > 0 ? order[..topK] : order;
        double total = kept.Sum(t => Math.Exp(logits[t] / temperature));
        var probabilities = new double[logits.Length];
        double reached = 0;
        foreach (int token in kept)
        {
            if (reached >= topP)
                break;

            probabilities[token] = Math.Exp(logits[token] / temperature) / total;
            reached += probabilities[token];
        }
        return [.. probabilities.Select(p => p / reached)];
    }
}

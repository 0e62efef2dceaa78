using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Sampling;

/// <summary>Random requests over random logits, against <see cref="ReferenceSampler"/>.</summary>
public sealed class SamplerProperties
{
    private static readonly int[] Eos = [2];

    [Fact]
    public void Sample_AnyRequest_ChoosesWhatTheReferenceWould()
    {
        const double Rounding = 2e-5;
        int compared = 0;
        for (int seed = 0; seed < 1500; seed++)
        {
            var random = new Random(seed);
            int vocabulary = random.Next(4, 400);
            float[] logits = Logits(random, vocabulary);
            int[] answer = Tokens(random, vocabulary, 40);
            var request = RandomRequest(random, vocabulary);
            double[] expected = ReferenceSampler.Distribution(logits, request, answer, Eos);

            int[] tokens = [.. request.PromptTokens, .. answer];
            int chosen = new Sampler(vocabulary, Eos).Sample(logits, request, tokens, null)!.Value.Id;

            // The noise falls into the chosen token's share, give or take float rounding at its borders.
            double noise = SamplingNoise.Uniform(request.Sampling.Seed, tokens.Length), before = expected[..chosen].Sum();
            bool isBorder = expected.Count(p => p > 0) > 1 && expected[chosen] == 0 && NearAnEdge(logits, request, answer, chosen);
            if (isBorder)
                continue;

            compared++;
            Assert.True(expected[chosen] > 0, $"Seed {seed} chose a token that is cut.");
            Assert.True(noise >= before - Rounding && noise <= before + expected[chosen] + Rounding, $"Seed {seed} chose another token.");
        }
        Assert.True(compared > 1400);
    }

    [Fact]
    public void Sample_Logprobs_AreTheLogSoftmaxOfTheRawLogits()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            int vocabulary = random.Next(4, 400), count = random.Next(0, 21);
            float[] logits = Logits(random, vocabulary);
            var request = RandomRequest(random, vocabulary);
            request = request with { Sampling = request.Sampling with { Logprobs = count } };
            double[] expected = ReferenceSampler.Logprobs(logits);

            var sampled = new Sampler(vocabulary, Eos).Sample(logits, request, request.PromptTokens, null)!.Value;

            Assert.Equal(expected[sampled.Id], sampled.Logprobs!.Chosen, 1e-4);
            int[] order = [.. Enumerable.Range(0, vocabulary).OrderByDescending(token => logits[token]).ThenBy(token => token).Take(count)];
            Assert.Equal(order, sampled.Logprobs.Top.Select(top => top.Id));
            Assert.All(sampled.Logprobs.Top, top => Assert.Equal(expected[top.Id], top.Logprob, 1e-4));
        }
    }

    [Fact]
    public void Sample_MinTokens_KeepsEosAndStopTokensOutUntilThen()
    {
        float[] logits = [0, 0, 100, 50, 1];
        var request = new GenerationRequest { PromptTokens = [0], MaxTokens = 9, MinTokens = 2, StopTokens = [3], Sampling = new() { Temperature = 0 } };
        var sampler = new Sampler(5, Eos);

        Assert.Equal(4, sampler.Sample(logits, request, [0, 1], null)!.Value.Id);
        Assert.Equal(2, sampler.Sample(logits, request, [0, 1, 1], null)!.Value.Id);
    }

    [Fact]
    public void Sample_EosThatIsIgnored_IsNeverChosen_AndStopTokensAre()
    {
        float[] logits = [0, 0, 100, 50, 1];
        var request = new GenerationRequest { PromptTokens = [0], MaxTokens = 9, IgnoresEos = true, StopTokens = [3], Sampling = new() { Temperature = 0 } };
        var sampler = new Sampler(5, Eos);

        Assert.Equal(3, sampler.Sample(logits, request, [0, 1], null)!.Value.Id);
        Assert.Equal(4, sampler.Sample(logits, request with { MinTokens = 2 }, [0, 1], null)!.Value.Id);
        Assert.Equal(3, sampler.Sample(logits, request with { MinTokens = 1 }, [0, 1, 1], null)!.Value.Id);
    }

    [Fact]
    public void Sample_Mask_KeepsToItWhateverElseIsAsked()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            int vocabulary = random.Next(4, 400);
            var allowed = new ulong[(vocabulary + 63) / 64];
            int[] permitted = [.. Enumerable.Range(0, vocabulary).Where(_ => random.Next(10) == 0).Append(random.Next(vocabulary))];
            foreach (int token in permitted)
                allowed[token / 64] |= 1UL << (token % 64);

            var request = RandomRequest(random, vocabulary) with { MinTokens = 0, IgnoresEos = false };
            var sampled = new Sampler(vocabulary, Eos).Sample(Logits(random, vocabulary), request, request.PromptTokens, new TokenMask(allowed, false));
            Assert.Contains(sampled!.Value.Id, permitted);
        }
    }

    [Theory]
    [InlineData(0f, 1f, 0, 0f)]
    [InlineData(0.8f, 1f, 0, 0f)]
    [InlineData(0.8f, 0.95f, 0, 0f)]
    [InlineData(0.8f, 0.9f, 40, 0.05f)]
    public void Sample_CommonRequests_AllocateNothing(float temperature, float topP, int topK, float minP)
    {
        float[] logits = Logits(new Random(1), 32_000);
        var sampler = new Sampler(32_000, Eos);
        var sampling = new SamplingParameters { Temperature = temperature, TopP = topP, TopK = topK, MinP = minP, RepetitionPenalty = 1.1f, PresencePenalty = 0.5f };
        var request = new GenerationRequest { PromptTokens = Tokens(new Random(2), 32_000, 500), MaxTokens = 9, MinTokens = 3, StopTokens = [7, 8], Sampling = sampling };
        int[] tokens = [.. request.PromptTokens, 5, 6];
        sampler.Sample(logits, request, tokens, null);

        // The least of some: a collection that another test starts is counted where it interrupts.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 20; i++)
                sampler.Sample(logits, request, tokens, null);

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Cut_AnyKeys_KeepsTheHighest()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            ulong[] keys = [.. Enumerable.Range(0, random.Next(1, 500)).Select(token => CandidateCut.Key((float)Math.Round(random.NextDouble(), random.Next(1, 5)), token))];
            ulong[] sorted = [.. keys.OrderDescending()];
            int count = random.Next(1, keys.Length + 1);
            Assert.Equal(sorted[count - 1], CandidateCut.ByCount(keys, count));
            Assert.Equal(sorted[..count].Order(), keys[..count].Order());

            double mass = sorted.Take(count).Sum(key => (double)CandidateCut.Weight(key)) - 1e-9;
            int needed = 1;
            while (needed < sorted.Length && sorted.Take(needed).Sum(key => (double)CandidateCut.Weight(key)) < mass)
                needed++;

            Assert.Equal(sorted[needed - 1], CandidateCut.ByWeight(keys, mass));
        }
    }

    /// <summary>Whether rounding alone decides that a token is in: its probability is what the cut's last ones have.</summary>
    private static bool NearAnEdge(float[] logits, GenerationRequest request, int[] answer, int chosen)
    {
        var uncut = request with { Sampling = request.Sampling with { TopK = 0, MinP = 0, TopP = 1 } };
        double[] all = ReferenceSampler.Distribution(logits, uncut, answer, Eos), kept = ReferenceSampler.Distribution(logits, request, answer, Eos);
        double last = Enumerable.Range(0, all.Length).Where(token => kept[token] > 0).Min(token => all[token]);
        double best = all.Max();
        double next = Enumerable.Range(0, all.Length).Where(token => kept[token] == 0).Max(token => all[token]);
        return all[chosen] >= next * (1 - 1e-4) && (all[chosen] >= last * (1 - 1e-4) || Math.Abs((all[chosen] / best) - request.Sampling.MinP) < 1e-5 || request.Sampling.TopP < 1);
    }

    private static GenerationRequest RandomRequest(Random random, int vocabulary) => new()
    {
        PromptTokens = Tokens(random, vocabulary, 30),
        MaxTokens = 50,
        MinTokens = random.Next(3) == 0 ? random.Next(50) : 0,
        IgnoresEos = random.Next(3) == 0,
        StopTokens = random.Next(3) == 0 ? [1] : [],
        Sampling = new SamplingParameters
        {
            Temperature = random.Next(5) == 0 ? 0 : (float)(0.05 + (random.NextDouble() * 1.9)),
            TopP = random.Next(2) == 0 ? 1 : (float)(0.01 + (random.NextDouble() * 0.98)),
            TopK = random.Next(2) == 0 ? 0 : random.Next(1, vocabulary + 5),
            MinP = random.Next(2) == 0 ? 0 : (float)(random.NextDouble() * 0.5),
            RepetitionPenalty = random.Next(2) == 0 ? 1 : (float)(0.5 + random.NextDouble()),
            FrequencyPenalty = random.Next(2) == 0 ? 0 : (float)((random.NextDouble() * 4) - 2),
            PresencePenalty = random.Next(2) == 0 ? 0 : (float)((random.NextDouble() * 4) - 2),
            LogitBias = random.Next(2) == 0 ? null : Tokens(random, vocabulary, 5).Distinct().ToDictionary(token => token, _ => (float)((random.NextDouble() * 200) - 100)),
            Seed = (ulong)random.NextInt64(),
        },
    };

    private static int[] Tokens(Random random, int vocabulary, int most) => [.. Enumerable.Range(0, random.Next(1, most)).Select(_ => random.Next(vocabulary))];

    private static float[] Logits(Random random, int vocabulary) => [.. Enumerable.Range(0, vocabulary).Select(_ => (float)((random.NextDouble() * 16) - 8))];
}

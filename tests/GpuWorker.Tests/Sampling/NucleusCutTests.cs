using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Sampling;

public sealed class NucleusCutTests
{
    /// <summary>Weights are sums of few powers of two, so that every sum is exact in any order; many are equal, and some are zero.</summary>
    [Fact]
    public void Lowest_AnyWeights_IsWhereSelectionAmongAllWouldCut()
    {
        var cut = new NucleusCut();
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            float[] weights = [.. Enumerable.Range(0, random.Next(1, 600)).Select(_ => random.Next(4) == 0 ? 0 : random.Next(1, 1024) / 1024f / (1 << random.Next(12)))];
            weights[random.Next(weights.Length)] = 1;
            float least = random.Next(2) == 0 ? 0 : random.NextSingle() / 4;
            double share = random.Next(1, 1024) / 1024.0;
            ulong[] keys = [.. weights.Select(CandidateCut.Key).Where(key => CandidateCut.Weight(key) > 0 && CandidateCut.Weight(key) >= least)];
            ulong expected = CandidateCut.ByWeight([.. keys], share * keys.Sum(key => (double)CandidateCut.Weight(key)));

            Assert.Equal(expected, cut.Lowest(weights, least, share, new ulong[weights.Length]));
        }
    }

    /// <summary>Of equal tokens the lower ids are in the nucleus, on either side of a vector's border.</summary>
    [Theory]
    [InlineData(40, 0.5f, 20)]
    [InlineData(13, 0.5f, 7)]
    [InlineData(9, 0.01f, 1)]
    public void Sample_EqualTokens_KeepsToTheFirstOfThem(int vocabulary, float topP, int kept)
    {
        var sampler = new Sampler(vocabulary, []);
        var chosen = new HashSet<int>();
        for (ulong seed = 0; seed < 2000; seed++)
        {
            var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 1, Sampling = new() { Temperature = 1, TopP = topP, Seed = seed } };
            chosen.Add(sampler.Sample(new float[vocabulary], request, request.PromptTokens, null)!.Value.Id);
        }

        Assert.Equal(Enumerable.Range(0, kept), chosen.Order());
    }
}

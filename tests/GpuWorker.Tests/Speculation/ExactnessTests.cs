using System.Globalization;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Quotes;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Speculation;

/// <summary>
/// Answers with drafts are those without: tokens, text, log probabilities to the bit and finish reasons, whatever a request asks for and whatever happens to it. <c>SERVERLESS_EXACTNESS_REQUESTS</c> says how
/// many requests are compared, 1,200 without it.
/// </summary>
public sealed class ExactnessTests
{
    private const int RequestsOfAWorld = 50;

    [Fact]
    public async Task AnyRequests_DraftsOnAndOff_DifferInNothing()
    {
        int requests = int.Parse(Environment.GetEnvironmentVariable("SERVERLESS_EXACTNESS_REQUESTS") ?? "1200", CultureInfo.InvariantCulture);
        var (drafts, preemptions, hits) = await CompareAsync(firstSeed: 0, (requests + RequestsOfAWorld - 1) / RequestsOfAWorld);

        Assert.True(drafts.AcceptedTokens > requests && drafts.Tokens - drafts.AcceptedTokens > requests, $"{drafts} are too few to tell.");
        Assert.True(preemptions > requests / 100 && hits > requests, $"{preemptions} preemptions and {hits} tokens hit are too few to tell.");
    }

    /// <summary>The kind of CVE-2026-105757: drafts that met a grammar.</summary>
    [Fact]
    public async Task Drafts_UnderASchema_ChangeNothing()
    {
        const string Schema = """{"type":"array","items":{"type":"object","properties":{"kind":{"enum":["red","blue"]},"name":{"type":"string","maxLength":4}},"required":["kind","name"]},"minItems":3}""";
        var (drafts, _, _) = await CompareAsync(firstSeed: 5000, worlds: 4, request => request with { Sampling = request.Sampling with { Form = AnswerForm.Schema(Schema) } });

        Assert.True(drafts.AcceptedTokens > 200 && drafts.Tokens > drafts.AcceptedTokens, $"{drafts} are too few to tell.");
    }

    /// <summary>Quotes are what drafts hit most: they copy the prompt.</summary>
    [Fact]
    public async Task Drafts_UnderQuotes_ChangeNothing()
    {
        var rule = new QuoteRule(["a red name, a red name and a blue tag: 12", "ab日本ab日本é true"], MinLength: 4);
        var bias = Enumerable.Range(0, ExactnessWorld.Vocabulary.VocabularySize).Where(id => ExactnessWorld.Vocabulary.BytesOf(id)?.Contains((byte)'"') == true).Take(20).ToDictionary(id => id, _ => 4f);
        var (drafts, _, _) = await CompareAsync(firstSeed: 7000, worlds: 4, request => request with { Sampling = request.Sampling with { Form = null, Quotes = rule, LogitBias = bias } });

        Assert.True(drafts.AcceptedTokens > 100 && drafts.Tokens > drafts.AcceptedTokens, $"{drafts} are too few to tell.");
    }

    /// <summary>The kind of CVE-2026-44223: drafts that met penalties, which count what stands before each of a step's positions.</summary>
    [Fact]
    public async Task Drafts_WithPenalties_ChangeNothing()
    {
        var (drafts, _, _) = await CompareAsync(firstSeed: 6000, worlds: 4, request => request with
        {
            Sampling = request.Sampling with { PresencePenalty = 0.4f, FrequencyPenalty = request.Priority % 2 == 0 ? 0.3f : -0.3f, RepetitionPenalty = request.Priority % 3 == 0 ? 1.2f : 0.9f },
        });

        Assert.True(drafts.AcceptedTokens > 200 && drafts.Tokens > drafts.AcceptedTokens, $"{drafts} are too few to tell.");
    }

    /// <summary>A step may draft a stop string's beginning, the whole of it and what would come after.</summary>
    [Fact]
    public async Task Drafts_AtAStopStringsBeginning_ChangeNothing()
    {
        var (drafts, _, _) = await CompareAsync(firstSeed: 8000, worlds: 4, stopsWithin: true);

        Assert.True(drafts.AcceptedTokens > 100 && drafts.Tokens > drafts.AcceptedTokens, $"{drafts} are too few to tell.");
    }

    private static async Task<(DraftCounts Drafts, long Preemptions, long Hits)> CompareAsync(int firstSeed, int worlds, Func<GenerationRequest, GenerationRequest>? change = null, bool stopsWithin = false)
    {
        using var model = ExactnessWorld.CreateModel();
        DraftCounts drafts = default;
        long preemptions = 0, hits = 0;
        for (int seed = firstSeed; seed < firstSeed + worlds; seed++)
        {
            await using var world = new ExactnessWorld(model, seed);
            await world.CompareAsync(RequestsOfAWorld, change, stopsWithin);
            var status = world.Drafting.GetStatus();
            (drafts, preemptions, hits) = (drafts.Plus(status.Drafts), preemptions + world.Preemptions, hits + status.PrefixHitTokens);
        }
        return (drafts, preemptions, hits);
    }
}

using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Tests.Speculation;

public sealed class DraftPlannerTests
{
    private static readonly StopRule NoStops = new([], 1000);

    [Fact]
    public void Choose_RowsThatCostNothing_DraftsAsMuchAsIsPermitted() => Assert.Equal([9], Choose(Costs.Flat, 9, [Quoting()]));

    [Fact]
    public void Choose_RowsThatCostAsMuchAsSteps_DraftsNothing() => Assert.Equal([0], Choose(Costs.Line(1), 9, [Quoting()]));

    [Fact]
    public void Choose_NothingPredicted_DraftsNothing() => Assert.Equal([0], Choose(Costs.Flat, 9, [Decoding([1, 2, 3, 4])]));

    [Fact]
    public void Choose_MoreSequences_DraftLessOfEach()
    {
        // Up to 8 rows a step takes as long as with one, beyond them as many times as long as there are eights.
        var costs = new StepCosts([.. Enumerable.Range(1, 128).Select(rows => (rows, (double)((rows + 7) / 8)))]);

        Assert.Equal(7, Choose(costs, 7, [Quoting()]).Sum());
        Assert.Equal(4, Choose(costs, 64, [Quoting(), Quoting(), Quoting(), Quoting()]).Sum());
        Assert.Equal(0, Choose(costs, 64, [.. Enumerable.Range(0, 8).Select(_ => Quoting())]).Sum());
    }

    [Fact]
    public void Choose_SizeThatIsDear_IsLeftOut()
    {
        // Tiles of four rows: what is left over is dear.
        var costs = new StepCosts([(1, 1), (2, 1.6), (3, 2.2), (4, 1.3), (5, 1.9), (6, 2.5), (7, 3.1), (8, 1.8)]);

        Assert.Equal([3], Choose(costs, 5, [Quoting()]));
        Assert.Equal([7], Choose(costs, 7, [Quoting()]));
    }

    [Fact]
    public void Choose_WhoseDraftsComeMoreOften_GetsThemFirst()
    {
        Sequence quoting = Quoting(), rambling = Quoting();
        for (int i = 0; i < 30; i++)
        {
            quoting.Append(quoting.Lookup!.Predicted(quoting.Tokens, 0));
            rambling.Append(9000 + i);
        }
        rambling.Append(2);
        Assert.True(rambling.Lookup!.Matched > 0);

        int[] drafts = Choose(Costs.Line(0.4), 16, [rambling, quoting]);

        Assert.Equal(0, drafts[0]);
        Assert.True(drafts[1] > 0);
    }

    [Fact]
    public void Choose_Bounds_AreThoseOfTheAnswerTheContextTheStepAndTheMemory()
    {
        Assert.Equal([2], Choose(Costs.Flat, 9, [Quoting(maxTokens: 3)]));
        Assert.Equal([0], Choose(Costs.Flat, 9, [Quoting(maxTokens: 1)]));
        Assert.Equal([3], Choose(Costs.Flat, 9, [Quoting()], new StopRule([], Quoting().Length + 4)));
        Assert.Equal([5], Choose(Costs.Flat, 9, [Quoting()], budget: 5));
        Assert.Equal(DraftPlanner.MaxRows, Choose(Costs.Flat, 64, [Quoting(), Quoting(), Quoting(), Quoting()]).Sum());
    }

    [Fact]
    public void Choose_DraftThatWouldEndTheAnswer_EndsBeforeIt()
    {
        Assert.Equal([2], Choose(Costs.Flat, 9, [Quoting()], new StopRule([6], 1000)));
        Assert.Equal([1], Choose(Costs.Flat, 9, [Quoting(stopTokens: [5])]));
    }

    [Fact]
    public void Choose_BesidePrompts_CountsWhatDraftsAddToTheStep()
    {
        var prompt = Decoding([.. Enumerable.Range(0, 40)]);
        prompt.Computed = 0;
        ScheduledSequence[] plan = [Part(Quoting()), new ScheduledSequence(prompt, 0, 40)];

        Assert.Equal([9, 0], new DraftPlanner(Costs.Flat, 9, NoStops).Choose(plan, 64).ToArray());
        Assert.Equal([0, 0], new DraftPlanner(Costs.Line(1), 9, NoStops).Choose(plan, 64).ToArray());
    }

    [Fact]
    public void BreakEven_IsTheRateAtWhichDraftingIsAsFastAsDecoding()
    {
        var costs = new StepCosts([(1, 1), (2, 1.4), (5, 1.8), (9, 20)]);

        Assert.Equal(0.4, costs.BreakEven(1), 1e-3);
        double rate = costs.BreakEven(4);
        Assert.Equal(1.8, 1 + rate + Math.Pow(rate, 2) + Math.Pow(rate, 3) + Math.Pow(rate, 4), 1e-3);
        Assert.Equal(double.PositiveInfinity, costs.BreakEven(8));
    }

    [Fact]
    public void StepCosts_CurveThatIsNone_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new StepCosts([]));
        Assert.Throws<ArgumentException>(() => new StepCosts([(2, 1)]));
        Assert.Throws<ArgumentException>(() => new StepCosts([(1, 0)]));
        Assert.Throws<ArgumentException>(() => new StepCosts([(1, double.NaN)]));
    }

    private static int[] Choose(StepCosts costs, int maxDrafts, Sequence[] sequences, StopRule? stopRule = null, int budget = 500) =>
        new DraftPlanner(costs, maxDrafts, stopRule ?? NoStops).Choose([.. sequences.Select(Part)], budget).ToArray();

    private static ScheduledSequence Part(Sequence sequence) => new(sequence, sequence.Length - 1, 1);

    /// <summary>A sequence whose last tokens stand earlier, with many after them.</summary>
    private static Sequence Quoting(int maxTokens = 500, int[]? stopTokens = null) =>
        Decoding([1, 2, 3, .. Enumerable.Range(100, 20), 1, 2, 3, 4, 5, 6, 7, 8, .. Enumerable.Range(200, 20), .. Enumerable.Range(100, 20), 1, 2, 3], maxTokens, stopTokens);

    private static Sequence Decoding(int[] tokens, int maxTokens = 500, int[]? stopTokens = null)
    {
        var request = new GenerationRequest { PromptTokens = tokens, MaxTokens = maxTokens, StopTokens = stopTokens ?? [] };
        var sequence = new Sequence(1, request, BlockHash.Root("secret"u8, "me"));
        sequence.Predict(new AcceptanceRates());
        sequence.Computed = tokens.Length - 1;
        return sequence;
    }
}

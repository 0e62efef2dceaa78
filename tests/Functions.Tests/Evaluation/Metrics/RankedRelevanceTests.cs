using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Evaluation.Metrics;

namespace Serverless.Functions.Tests.Evaluation.Metrics;

/// <summary>Against values worked out by hand.</summary>
public sealed class RankedRelevanceTests
{
    [Theory]
    [InlineData(new[] { -1, 0, 1 }, 2, 1, 0.0)]
    [InlineData(new[] { -1, 0, 1 }, 2, 2, 0.5)]
    [InlineData(new[] { -1, 0, 1 }, 2, 3, 1.0)]
    [InlineData(new[] { 0, 0, 0 }, 2, 3, 0.5)]
    [InlineData(new int[0], 1, 5, 0.0)]
    public void Recall_ByHand(int[] ranked, int targets, int k, double expected) => Assert.Equal(expected, RankedRelevance.Recall(Of(ranked), targets, k), 12);

    [Theory]
    [InlineData(new[] { 0 }, 1.0)]
    [InlineData(new[] { -1, -1, 0 }, 1.0 / 3)]
    [InlineData(new[] { -1 }, 0.0)]
    public void ReciprocalRank_ByHand(int[] ranked, double expected) => Assert.Equal(expected, RankedRelevance.ReciprocalRank(Of(ranked)), 12);

    // 1/log2(3) = 0.6309297536, 1/log2(4) = 0.5; two targets at best: 1 + 0.6309297536.
    [Theory]
    [InlineData(new[] { 0 }, 1, 10, 1.0)]
    [InlineData(new[] { -1, 0 }, 1, 10, 0.6309297535714575)]
    [InlineData(new[] { -1, 0, 1 }, 2, 10, 0.6934264036172708)]
    [InlineData(new[] { 0, 0, 1 }, 2, 10, 0.9197207891481876)]
    [InlineData(new[] { -1, -1, 0 }, 1, 2, 0.0)]
    public void Ndcg_ByHand(int[] ranked, int targets, int k, double expected) => Assert.Equal(expected, RankedRelevance.Ndcg(Of(ranked), targets, k), 12);

    /// <summary>Where there are more targets than places, what is in all of the places is the best there can be.</summary>
    [Fact]
    public void Ndcg_OfTheBestOrder_IsOneAtEveryK()
    {
        for (var targets = 1; targets <= 6; targets++)
        {
            for (var k = 1; k <= 8; k++) Assert.Equal(1, RankedRelevance.Ndcg([.. Enumerable.Range(0, targets).Select(target => (int?)target)], targets, k), 12);
        }
    }

    [Fact]
    public void Figures_OfAnyRanking_AreBetweenZeroAndOneAndGrowWithK() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<byte>(), (labels, targets) =>
        {
            var count = (targets % 5) + 1;
            var ranked = labels.Select(label => label % (count + 2) is var target && target < count ? target : (int?)null).ToList();
            var before = 0.0;
            for (var k = 1; k <= ranked.Count + 2; k++)
            {
                var recall = RankedRelevance.Recall(ranked, count, k);
                Assert.InRange(recall, before, 1);
                Assert.InRange(RankedRelevance.Ndcg(ranked, count, k), 0, 1 + 1e-12);
                before = recall;
            }

            Assert.Equal(RankedRelevance.ReciprocalRank(ranked) > 0, before > 0);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ndcg_WhenATargetMovesUp_DoesNotFall() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<byte>(), (labels, place) =>
        {
            var ranked = labels.Select(label => label % 3 == 0 ? 0 : (int?)null).ToList();
            if (ranked.Count < 2) return;
            var at = (place % (ranked.Count - 1)) + 1;
            if (ranked[at] is null || ranked[at - 1] is not null) return;
            var moved = ranked.ToList();
            (moved[at], moved[at - 1]) = (moved[at - 1], moved[at]);
            Assert.True(RankedRelevance.Ndcg(moved, 1, 10) >= RankedRelevance.Ndcg(ranked, 1, 10));
        }).QuickCheckThrowOnFailure();

    private static List<int?> Of(int[] ranked) => [.. ranked.Select(target => target < 0 ? null : (int?)target)];
}

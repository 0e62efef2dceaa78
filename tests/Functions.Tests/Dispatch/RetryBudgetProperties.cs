using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Dispatch;

public sealed class RetryBudgetProperties
{
    /// <summary>However requests and failures come, retries are at most a fifth of the requests and the reserve: no storm.</summary>
    [Fact]
    public void TrySpend_InAnyOrderOfRequestsAndFailures_NeverGivesMoreThanItsShare() =>
        Prop.ForAll(Gen.Frequency((1, Gen.Constant(true)), (2, Gen.Constant(false))).ListOf(2000).ToArbitrary(), steps =>
        {
            var budget = new RetryBudget();
            var (requests, retries) = (0, 0);
            foreach (var isRequest in steps)
            {
                if (isRequest)
                {
                    budget.Earn();
                    requests++;
                }
                else if (budget.TrySpend())
                {
                    retries++;
                }

                if (retries > 100 + (0.2 * requests) + 1e-6) return false;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    /// <summary>A provider that is well again has its retries again: one of five requests.</summary>
    [Fact]
    public void TrySpend_OnceUsedUp_IsOneOfFiveRequestsAgain()
    {
        var budget = new RetryBudget();
        while (budget.TrySpend())
        {
        }

        for (var request = 0; request < 100; request++) budget.Earn();
        // A fifth is no binary fraction.
        Assert.InRange(Enumerable.Range(0, 100).Count(_ => budget.TrySpend()), 19, 20);
    }

    [Fact]
    public void TrySpend_AfterCalm_HasItsReserveAndNoMore()
    {
        var budget = new RetryBudget();
        for (var i = 0; i < 100_000; i++) budget.Earn();
        Assert.Equal(100, Enumerable.Range(0, 1000).Count(_ => budget.TrySpend()));
    }
}

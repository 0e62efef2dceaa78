using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Tests.Limits;

public sealed class LeaseProperties
{
    private static readonly Gen<(int Seed, int Instances, long Limit)> Runs =
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from instances in Gen.Choose(1, 5)
        from limit in Gen.Elements<long>(0, 1, 2, 10, 60, 400)
        select (seed, instances, limit);

    [Fact]
    public void Admissions_WithSkewedClocksLostAnswersAndCrashes_NeverExceedTheLimitInAnyWindow() =>
        Prop.ForAll(Runs.ToArbitrary(), run =>
        {
            var simulation = new LeaseSimulation(run.Seed, run.Instances,
            [
                new LimitRule(LimitUnit.Calls, LimitPeriod.Minute, run.Limit),
                new LimitRule(LimitUnit.Tokens, LimitPeriod.Minute, run.Limit * 20),
                new LimitRule(LimitUnit.Usd, LimitPeriod.Day, run.Limit * 2000),
            ]);
            simulation.Run(1500, hostile: true);
            Assert.True(simulation.Violations.Count == 0, simulation.Violations.FirstOrDefault());
            return simulation.Admitted + simulation.Refused + simulation.Unavailable > 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));

    [Fact]
    public void CallsAtOnce_WithLostAnswersAndCrashes_NeverExceedTheLimit() =>
        Prop.ForAll(Runs.ToArbitrary(), run =>
        {
            var simulation = new LeaseSimulation(run.Seed, run.Instances, [new LimitRule(LimitUnit.Concurrency, LimitPeriod.None, run.Limit)]);
            simulation.Run(1500, hostile: true);
            Assert.True(simulation.Violations.Count == 0, simulation.Violations.FirstOrDefault());
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    /// <summary>A call outlives its instance's places; when it ends, the place is another instance's.</summary>
    [Theory]
    [InlineData(1527811781, 5, 1)]
    public void CallsAtOnce_OfRunsThatOnceWentWrong_NeverExceedTheLimit(int seed, int instances, long limit)
    {
        var simulation = new LeaseSimulation(seed, instances, [new LimitRule(LimitUnit.Concurrency, LimitPeriod.None, limit)]);
        simulation.Run(1500, hostile: true);
        Assert.Empty(simulation.Violations);
    }

    [Fact]
    public void Demand_BeyondTheLimit_IsAdmittedToAtLeast95PerCentAndOverItNever() =>
        Prop.ForAll(Runs.ToArbitrary(), run =>
        {
            var simulation = new LeaseSimulation(run.Seed, run.Instances, [new LimitRule(LimitUnit.Calls, LimitPeriod.Minute, run.Limit)]);
            simulation.Saturate(perStep: 20);
            var minute = (simulation.Now.ToUnixTimeSeconds() / 60) + 1;
            simulation.Saturate(perStep: 20);
            simulation.Saturate(perStep: 20);
            var admitted = simulation.CallsByMinute.GetValueOrDefault(minute);
            Assert.True(admitted <= run.Limit && admitted >= Math.Ceiling(run.Limit * 0.95), $"{admitted} of {run.Limit} admitted by {run.Instances} instances");
            Assert.Empty(simulation.Violations);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void Allowance_OfAnIdleInstance_CanBeHadByAnother()
    {
        var simulation = new LeaseSimulation(7, 2, [new LimitRule(LimitUnit.Tokens, LimitPeriod.Minute, 1000)]);
        simulation.Attempt(0, new Amounts(1, 900, 0, 0));
        simulation.Settle();
        simulation.EndAll();
        simulation.Attempt(1, new Amounts(1, 990, 0, 0));
        simulation.Settle();
        Assert.Equal((1, 1), (simulation.Admitted, simulation.Refused));

        // Both settle and idle: the first has returned what was not used, within the same minute.
        simulation.Advance(TimeSpan.FromSeconds(1.1));
        simulation.CareAll();
        simulation.Attempt(1, new Amounts(1, 90, 0, 0));
        simulation.Settle();
        Assert.Equal(2, simulation.Admitted);
        Assert.Empty(simulation.Violations);
    }

    [Fact]
    public void Return_ThatArrivesAfterItWasGivenUp_IsNotUsedTwice()
    {
        var simulation = new LeaseSimulation(7, 2, [new LimitRule(LimitUnit.Tokens, LimitPeriod.Minute, 1000)]);
        simulation.Attempt(0, new Amounts(1, 900, 0, 0));
        simulation.Settle();
        simulation.EndAll(part: 0);
        simulation.Advance(TimeSpan.FromSeconds(1.1));
        simulation.CareAll(lost: true);
        simulation.Advance(TimeSpan.FromSeconds(1));
        // What it tried to return it cannot use: the write may still be on its way. And so it is.
        simulation.Attempt(0, new Amounts(1, 900, 0, 0));
        simulation.Settle();
        simulation.ArriveLate();
        simulation.Attempt(1, new Amounts(1, 1000, 0, 0));
        simulation.Settle();
        Assert.Empty(simulation.Violations);
        Assert.Equal((2, 1), (simulation.Admitted, simulation.Refused));
    }

    [Fact]
    public void Lease_WhoseAnswerWasLost_IsFoundAgain()
    {
        var simulation = new LeaseSimulation(7, 1, [new LimitRule(LimitUnit.Calls, LimitPeriod.Minute, 1)]);
        simulation.Attempt(0, new Amounts(1, 0, 0, 0));
        simulation.LoseAnswerOfWrite();
        Assert.Equal((0, 1), (simulation.Admitted, simulation.Unavailable));
        simulation.Advance(TimeSpan.FromSeconds(1));
        simulation.Attempt(0, new Amounts(1, 0, 0, 0));
        simulation.Settle();
        Assert.Equal(1, simulation.Admitted);
    }
}

using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Tests.Speculation;

public sealed class DraftAccountTests
{
    private static readonly Gen<(int Seed, double Row, double Rate)> Loads =
        from seed in Gen.Choose(1, 1_000_000)
        from row in Gen.Elements(0.001, 0.05, 0.2, 0.5, 0.9, 1.2)
        from rate in Gen.Elements(0.0, 0.1, 0.5, 0.95, 1.0)
        select (seed, row, rate);

    private static readonly Gen<(int Seed, double Row, int AtOnce)> Refused =
        from seed in Gen.Choose(1, 1_000_000)
        from row in Gen.Elements(0.02, 0.05, 0.2, 0.5, 0.9, 1.2)
        from atOnce in Gen.Elements(1, 4, 16)
        select (seed, row, atOnce);

    [Fact]
    public void Choose_WhateverComes_LosesNoMoreThanAShareOfTheStepsTime() => Prop.ForAll(Loads.ToArbitrary(), load =>
    {
        var costs = Costs.Line(load.Row);
        var run = Run(costs, new Random(load.Seed), steps: 400, _ => load.Rate);
        return run.Lost <= (DraftAccount.Share * run.Plain) + (DraftAccount.MostSteps * costs.Of(4)) + 1e-9;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Choose_DraftsThatNeverCome_CostNoMoreThanAFiftiethOfTheSteps() => Prop.ForAll(Refused.ToArbitrary(), load =>
    {
        var run = Run(Costs.Line(load.Row), new Random(load.Seed), steps: 400, _ => 0, atOnce: load.AtOnce);
        return run.Lost <= 0.02 * run.Plain;
    }).QuickCheckThrowOnFailure();

    /// <summary>A start on a busy machine may have measured so.</summary>
    [Fact]
    public void Choose_RowsThatSeemToCostNothing_AreNotDraftedWithoutEnd()
    {
        var run = Run(Costs.Flat, new Random(7), steps: 1000, _ => 0);

        Assert.InRange(run.Drafted, 1, 1000);
    }

    [Fact]
    public void Choose_DraftsThatStopComing_CostNoMoreThanAFewStepsAfterAll()
    {
        var costs = Costs.Line(0.3);
        var run = Run(costs, new Random(5), steps: 1000, step => step < 500 ? 1 : 0, lossFrom: 500);

        Assert.InRange(run.Lost, 0, (DraftAccount.Share * run.Plain) + (DraftAccount.MostSteps * costs.Of(4)));
        Assert.True(run.Drafted > 500, $"{run.Drafted} were drafted while they came.");
    }

    [Fact]
    public void Choose_DraftsThatBeginToCome_AreMadeAgain()
    {
        var run = Run(Costs.Line(0.1), new Random(6), steps: 1500, step => step < 500 ? 0 : 1);

        Assert.True(run.Lost < -500, $"{run.Lost} steps' time was lost.");
    }

    /// <summary>Sequences that draft as the planner says; each prediction comes at the rate of its step.</summary>
    /// <param name="lossFrom">Step from which on is counted.</param>
    private static (double Lost, double Plain, int Drafted) Run(StepCosts costs, Random random, int steps, Func<int, double> rate, int lossFrom = 0, int atOnce = 4)
    {
        var planner = new DraftPlanner(costs, 8, new StopRule([], 1_000_000));
        var rates = new AcceptanceRates();
        var sequences = new Sequence[atOnce];
        double lost = 0, plain = 0;
        int drafted = 0;
        for (int step = 0; step < steps; step++)
        {
            for (int i = 0; i < sequences.Length; i++)
                if (sequences[i] is null || random.Next(25) == 0)
                    sequences[i] = Begin(random, rates);

            var plan = sequences.Select(sequence => new ScheduledSequence(sequence, sequence.Length - 1, 1)).ToArray();
            int[] drafts = planner.Choose(plan, 500).ToArray();
            int added = drafts.Sum(), came = 0;
            for (int i = 0; i < sequences.Length; i++)
                came += Advance(sequences[i], drafts[i], planner, random, rate(step));

            drafted += added;
            if (step < lossFrom)
                continue;

            plain += costs.Of(atOnce);
            lost += costs.Of(atOnce + added) - costs.Of(atOnce) - (came * costs.Of(atOnce) / atOnce);
        }
        return (lost, plain, drafted);
    }

    private static int Advance(Sequence sequence, int drafts, DraftPlanner planner, Random random, double rate)
    {
        if (drafts > 0)
            sequence.Draft(drafts);

        int came = 0;
        while (true)
        {
            int token = sequence.Lookup!.Matched > 0 && random.NextDouble() < rate ? sequence.Lookup.Predicted(sequence.Tokens, 0) : random.Next(8);
            if (!sequence.Append(token))
                return came;

            planner.Came();
            came++;
        }
    }

    private static Sequence Begin(Random random, AcceptanceRates rates)
    {
        int[] prompt = [.. Enumerable.Range(0, 40).Select(_ => random.Next(8))];
        var sequence = new Sequence(1, new GenerationRequest { PromptTokens = prompt, MaxTokens = 100_000 }, BlockHash.Root("secret"u8, "me"));
        sequence.Predict(rates);
        return sequence;
    }
}

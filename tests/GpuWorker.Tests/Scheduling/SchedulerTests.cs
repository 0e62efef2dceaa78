using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Scheduling;

public sealed class SchedulerTests
{
    private long _lastId;

    [Fact]
    public void Plan_LongPromptBesideDecodes_DecodesFirstAndChunksThePrompt()
    {
        var scheduler = Create(blocks: 64, budget: 8, sequences: 4);
        var decoding = Add(scheduler, 3, 10);
        Run(scheduler);
        var prompt = Add(scheduler, 20, 10);

        Assert.Equal([(decoding, 1), (prompt, 7)], Run(scheduler));
        Assert.Equal([(decoding, 1), (prompt, 7)], Run(scheduler));
        Assert.Equal([(decoding, 1), (prompt, 6)], Run(scheduler));
        Assert.Equal([(decoding, 1), (prompt, 1)], Run(scheduler));
    }

    [Fact]
    public void Plan_PromptsBesideDecodes_HaveTheTokensThatAreLeftThemAndAllOfAStepAlone()
    {
        var scheduler = Create(blocks: 64, budget: 32, sequences: 4, promptTokensBesideDecodes: 5);
        var first = Add(scheduler, 40, 3);
        Assert.Equal([(first, 32)], Run(scheduler));
        var second = Add(scheduler, 7, 9);
        Assert.Equal([(first, 8), (second, 7)], Run(scheduler));

        var third = Add(scheduler, 4, 9);
        var fourth = Add(scheduler, 9, 9);
        Assert.Equal([(first, 1), (second, 1), (third, 4), (fourth, 1)], Run(scheduler));
        Assert.Equal([(first, 1), (second, 1), (third, 1), (fourth, 5)], Run(scheduler));
        Assert.Equal([(second, 1), (third, 1), (fourth, 3)], Run(scheduler));
        Assert.Equal([(second, 1), (third, 1), (fourth, 1)], Run(scheduler));
    }

    [Fact]
    public void Plan_ShortPromptBehindALongOne_PassesIt()
    {
        var scheduler = Create(blocks: 64, budget: 16, sequences: 4);
        var large = Add(scheduler, 100, 3);
        Assert.Equal([(large, 16)], Run(scheduler));
        var small = Add(scheduler, 5, 2, "you");

        Assert.Equal([(small, 5), (large, 11)], Run(scheduler));
        Assert.Equal([(small, 1), (large, 15)], Run(scheduler));
        Assert.Equal([(large, 16)], Run(scheduler));
    }

    [Fact]
    public void Plan_PromptsBehindALongOne_HaveHalfOfTheStepAndTheShortestPassesTheOthers()
    {
        var scheduler = Create(blocks: 64, budget: 16, sequences: 4);
        var large = Add(scheduler, 100, 3);
        var medium = Add(scheduler, 12, 3, "you");

        Assert.Equal([(large, 16)], Run(scheduler));
        Assert.Equal([(medium, 8), (large, 8)], Run(scheduler));
        var small = Add(scheduler, 6, 3, "others");
        Assert.Equal([(medium, 4), (small, 4), (large, 8)], Run(scheduler));
        var tiny = Add(scheduler, 3, 3, "else");
        Assert.Equal([(medium, 1), (small, 2), (tiny, 3), (large, 10)], Run(scheduler));
    }

    [Fact]
    public void Plan_ShortPromptBehindOthersLongOnesThatWait_PassesThemToo()
    {
        var scheduler = Create(blocks: 256, budget: 16, sequences: 12);
        var large = Add(scheduler, 100, 3);
        Run(scheduler);
        for (int client = 0; client < WaitingQueue.LookedAt - 1; client++)
            Add(scheduler, 90, 3, $"client {client}");

        var small = Add(scheduler, 5, 3, "you");

        Assert.Equal([(small, 5), (large, 11)], Run(scheduler));
        RunToRest(scheduler, 200);
    }

    [Fact]
    public void Plan_PromptOfHalfTheLongOnesLength_WaitsForIt()
    {
        var scheduler = Create(blocks: 64, budget: 16, sequences: 4);
        var large = Add(scheduler, 56, 3);
        Run(scheduler);
        var half = Add(scheduler, 20, 3, "you");

        Assert.Equal([(large, 16)], Run(scheduler));
        Assert.Equal([(large, 16)], Run(scheduler));
        Assert.Equal([(large, 8), (half, 8)], Run(scheduler));
    }

    [Fact]
    public void Plan_LongPromptWithItsBeginningCached_PassesByWhatIsLeftOfIt()
    {
        var scheduler = Create(blocks: 128, budget: 16, sequences: 4);
        int[] common = [.. Enumerable.Range(1, 40)];
        Add(scheduler, common, 1);
        RunToRest(scheduler, 4);
        var large = Add(scheduler, 100, 3);
        Run(scheduler);
        var cached = Add(scheduler, [.. common, 1, 2, 3], 3);

        Assert.Equal([(cached, 3), (large, 13)], Run(scheduler));
    }

    /// <summary>Who asks how likely its prompt is takes rows of logits, of which a step has few: those the oldest may need.</summary>
    [Fact]
    public void Plan_ShortPromptThatIsToldOf_WaitsForTheLongOne()
    {
        var scheduler = Create(blocks: 64, budget: 16, sequences: 4);
        var large = Add(scheduler, 40, 3);
        Run(scheduler);
        var told = new Sequence(++_lastId, new GenerationRequest { PromptTokens = [.. Enumerable.Range(1, 5)], MaxTokens = 3, PromptLogprobs = 0 }, BlockHash.Root("secret"u8, "you"));
        scheduler.Add(told);

        Assert.Equal([(large, 16)], Run(scheduler));
        Assert.Equal([(large, 8), (told, 5)], Run(scheduler));
    }

    [Fact]
    public void Plan_ShortPromptOfAClientWithNothingRunning_TakesAPlaceWhileALongPromptIsComputed()
    {
        var scheduler = Create(blocks: 64, budget: 16, sequences: 2);
        var first = Add(scheduler, 3, 50);
        var large = Add(scheduler, 100, 3);
        Run(scheduler);
        var small = Add(scheduler, 5, 3, "you");

        // By turns: at first the newcomer has had as much service as the other.
        Run(scheduler);
        Run(scheduler);

        Assert.Equal((SequencePhase.Running, SequencePhase.Waiting, SequencePhase.Running), (first.Phase, large.Phase, small.Phase));
        RunToRest(scheduler, 200);
        Assert.Equal((50, 3, 3), (first.Generated, large.Generated, small.Generated));
    }

    /// <summary>A prompt has half of what decodes leave in every step, however many shorter ones come.</summary>
    [Fact]
    public void Plan_ShortPromptsWithoutEnd_SlowALongOneDownByHalfAtMost() =>
        Prop.ForAll(Gen.Choose(60, 360).ToArbitrary(), Gen.Choose(12, 48).ToArbitrary(), (prompt, budget) =>
        {
            var scheduler = Create(blocks: 512, budget, sequences: 6, prefixCaching: false);
            var large = Add(scheduler, prompt, 1);
            int steps = 0;
            for (; large.Generated == 0; steps++)
            {
                while (scheduler.WaitingCount < 3)
                    Add(scheduler, 1 + ((int)_lastId % 9), 1, $"client {_lastId % 5}");

                Run(scheduler);
            }
            int half = (budget - 5 + 1) / 2;
            Assert.InRange(steps, 1, (prompt + half - 1) / half);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(33)]
    public void Create_PromptTokensBesideDecodesOutOfRange_AreRefusedByName(int tokens) =>
        Assert.Contains("MaxPromptTokensBesideDecodes is", Assert.Throws<ArgumentException>(() => Create(blocks: 64, budget: 32, sequences: 4, promptTokensBesideDecodes: tokens)).Message, StringComparison.Ordinal);

    [Fact]
    public void Plan_BlocksRunOut_PreemptsTheYoungestWhichFinishesLater()
    {
        var scheduler = Create(blocks: 5, budget: 64, sequences: 4);
        var old = Add(scheduler, 7, 8);
        var young = Add(scheduler, 6, 8);

        RunUntil(scheduler, () => young.Preemptions > 0);

        Assert.Equal((SequencePhase.Running, 0), (old.Phase, old.Preemptions));
        Assert.Equal(SequencePhase.Waiting, young.Phase);
        Assert.Empty(young.Blocks);
        RunToRest(scheduler, 100);
        Assert.Equal((8, 8), (old.Generated, young.Generated));
    }

    [Fact]
    public void Plan_BlocksRunOut_PreemptsTheYoungerOneWithTheLeastToComputeAgain()
    {
        var scheduler = Create(blocks: 10, budget: 64, sequences: 4);
        Add(scheduler, 8, 20);
        var old = Add(scheduler, 8, 20);
        var small = Add(scheduler, 1, 20);
        var large = Add(scheduler, 13, 20);

        RunUntil(scheduler, () => scheduler.Preemptions > 0);

        Assert.Equal((0, 1, 0), (old.Preemptions, small.Preemptions, large.Preemptions));
        RunToRest(scheduler, 200);
        Assert.Equal((20, 20, 20), (old.Generated, small.Generated, large.Generated));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Plan_UrgentRequestWithoutAPlace_TakesThatOfItsClientsLeastUrgentWherePermitted(bool preempts)
    {
        var scheduler = Create(blocks: 64, budget: 64, sequences: 3, preempts: preempts);
        var other = Add(scheduler, 4, 30, "other");
        var urgent = Add(scheduler, 4, 30, priority: -1);
        var patient = Add(scheduler, 4, 30, priority: 5);
        Run(scheduler);

        var mostUrgent = Add(scheduler, 4, 8, priority: -9);
        Run(scheduler);

        Assert.Equal(preempts ? SequencePhase.Running : SequencePhase.Waiting, mostUrgent.Phase);
        Assert.Equal(preempts ? 1 : 0, patient.Preemptions);
        Assert.Equal((0, 0), (other.Preemptions, urgent.Preemptions));
        RunToRest(scheduler, 200);
        Assert.All([other, urgent, patient], sequence => Assert.Equal(30, sequence.Generated));
    }

    [Fact]
    public void Plan_EquallyUrgentRequest_TakesNobodysPlace()
    {
        var scheduler = Create(blocks: 64, budget: 64, sequences: 2, preempts: true);
        Add(scheduler, 4, 30, priority: 5);
        Add(scheduler, 4, 30, "other", priority: 99);
        Run(scheduler);

        var waiting = Add(scheduler, 4, 8, priority: 5);
        Run(scheduler);

        Assert.Equal((SequencePhase.Waiting, 0L), (waiting.Phase, scheduler.Preemptions));
    }

    [Fact]
    public void Plan_UrgentRequestWithoutBlocks_TakesThoseOfTheCheapest()
    {
        var scheduler = Create(blocks: 16, budget: 64, sequences: 8, preempts: true);
        var large = Add(scheduler, 30, 8, priority: 5);
        var small = Add(scheduler, 18, 8, priority: 5);
        Run(scheduler);

        var urgent = Add(scheduler, 14, 2, priority: 1);
        Run(scheduler);

        Assert.Equal((SequencePhase.Running, 0, 1), (urgent.Phase, large.Preemptions, small.Preemptions));
        RunToRest(scheduler, 200);
    }

    /// <summary>Whoever gives way to an urgent request of its client is less urgent than it, and comes before all who stay by urgency, then by what is to be computed again, then by age.</summary>
    [Fact]
    public void Plan_UrgentRequest_TakesTheLeastUrgentAndOfEqualsTheCheapest()
    {
        int victims = 0;
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var sizes = Enumerable.Range(0, random.Next(1, 7)).Select(_ => (Prompt: random.Next(1, 30), Priority: random.Next(0, 4))).ToList();
            int enough = sizes.Sum(size => (size.Prompt + 6) / 4), most = random.Next(sizes.Count, sizes.Count + 2);
            var scheduler = Create(blocks: Math.Max(enough + random.Next(0, 4), 12), budget: 512, sequences: most, prefixCaching: false, preempts: true);
            var running = sizes.Select(size => Add(scheduler, size.Prompt, 8, priority: size.Priority)).ToList();
            Run(scheduler);
            // Admission keeps blocks in reserve: where one of them still waits, another is the next.
            if (running.Exists(sequence => sequence.Phase != SequencePhase.Running))
                return;

            var cost = running.ToDictionary(sequence => sequence, sequence => (sequence.Length + 3) / 4);

            var urgent = Add(scheduler, random.Next(1, 40), 4, priority: random.Next(0, 4));
            Run(scheduler);

            var preempted = running.Where(sequence => sequence.Preemptions > 0).ToList();
            var staying = running.Except(preempted).Where(sequence => sequence.Request.Priority > urgent.Request.Priority);
            Assert.All(preempted, victim => Assert.True(victim.Request.Priority > urgent.Request.Priority && urgent.Phase != SequencePhase.Waiting));
            Assert.All(preempted, victim => Assert.All(staying, other =>
                Assert.True((-victim.Request.Priority, cost[victim], -victim.Id).CompareTo((-other.Request.Priority, cost[other], -other.Id)) < 0)));
            victims += preempted.Count;
        }).QuickCheckThrowOnFailure();
        Assert.True(victims > 20, $"{victims} are too few to tell.");
    }

    [Fact]
    public void Plan_AfterPreemption_TakesThePreemptedBeforeNewcomers()
    {
        var scheduler = Create(blocks: 5, budget: 64, sequences: 4);
        Add(scheduler, 7, 8);
        var young = Add(scheduler, 6, 8, "zealous");
        RunUntil(scheduler, () => young.Preemptions > 0);

        var newcomer = Add(scheduler, 1, 1, "anyone");
        RunUntil(scheduler, () => newcomer.Phase != SequencePhase.Waiting);

        Assert.NotEqual(SequencePhase.Waiting, young.Phase);
    }

    [Fact]
    public void Plan_CommonPrefix_SharesFullBlocksOfTheSameClientOnly()
    {
        var scheduler = Create(blocks: 64, budget: 64, sequences: 8);
        int[] prompt = [.. Enumerable.Range(5, 14)];
        var first = Add(scheduler, prompt, 5);
        Run(scheduler);

        var same = Add(scheduler, [.. prompt, 1, 2], 5);
        var foreign = Add(scheduler, prompt, 5, "somebody else");
        Run(scheduler);

        Assert.Equal(first.Blocks.Take(3), same.Blocks.Take(3));
        Assert.NotEqual(first.Blocks[3], same.Blocks[3]);
        Assert.Empty(first.Blocks.Intersect(foreign.Blocks));
        Assert.Equal(12, scheduler.PrefixHitTokens);
    }

    [Theory]
    [InlineData(0.5, 16)]
    [InlineData(1.0, 0)]
    public void Plan_FloodOfAnotherClient_LeavesACachedPrefixWhereSharesAreBounded(double share, long hits)
    {
        var scheduler = Create(blocks: 64, budget: 64, sequences: 4, share: share);
        int[] prompt = [.. Enumerable.Range(5, 17)];
        Add(scheduler, prompt, 2);
        RunToRest(scheduler, 20);
        for (int i = 0; i < 100; i++)
            Add(scheduler, 30, 5, "flood");

        RunToRest(scheduler, 1000);
        Assert.Equal(0, scheduler.PrefixHitTokens);
        Add(scheduler, prompt, 2);
        Run(scheduler);

        Assert.Equal(hits, scheduler.PrefixHitTokens);
    }

    [Fact]
    public void Plan_ClientWithOneRequestBesideAClientWithMany_WaitsForOneTurnOnly()
    {
        var scheduler = Create(blocks: 64, budget: 16, sequences: 1);
        for (int i = 0; i < 20; i++)
            Add(scheduler, 8, 4, "greedy");

        Run(scheduler);
        var modest = Add(scheduler, 8, 4, "modest");

        Assert.InRange(RunUntil(scheduler, () => modest.Phase == SequencePhase.Finished), 4, 13);
    }

    [Fact]
    public void Plan_ClientWithNothingRunningBesideOneThatHoldsAllPlaces_GoesInTheYoungestOnesPlace()
    {
        var scheduler = Create(blocks: 64, budget: 64, sequences: 4);
        Sequence[] flood = [.. Enumerable.Range(0, 6).Select(_ => Add(scheduler, 8, 200, "flood"))];
        Run(scheduler);
        Run(scheduler);
        Sequence first = Add(scheduler, 8, 20, "modest"), second = Add(scheduler, 8, 20, "modest"), other = Add(scheduler, 8, 20, "another");

        // It comes with the flood's counter, which grows in this step.
        Run(scheduler);
        Assert.Equal(flood[..4], scheduler.Running);
        Run(scheduler);
        Assert.Equal([flood[0], flood[1], flood[2], first], scheduler.Running);
        Run(scheduler);
        Assert.Equal([flood[0], flood[1], first, other], scheduler.Running);
        // Whoever has one running waits for a place to become free, and whoever gave way goes before all then.
        Run(scheduler);
        Assert.Equal([flood[0], flood[1], first, other], scheduler.Running);
        scheduler.Remove(first);
        Run(scheduler);
        Assert.Equal([flood[0], flood[1], other, second], scheduler.Running);
        scheduler.Remove(second);
        Run(scheduler);
        Assert.Equal([flood[0], flood[1], other, flood[2]], scheduler.Running);
        Assert.Equal(0, flood[0].Preemptions + flood[1].Preemptions);
    }

    [Fact]
    public void Plan_BlocksHeldByOneClient_GivesAsManyUpAsTheOtherNeeds()
    {
        var scheduler = Create(blocks: 20, budget: 64, sequences: 8, prefixCaching: false);
        Sequence[] flood = [.. Enumerable.Range(0, 5).Select(_ => Add(scheduler, 11, 40, "flood"))];
        Run(scheduler);
        var modest = Add(scheduler, 20, 4, "modest");
        Run(scheduler);

        Run(scheduler);

        // None of the blocks is free, and six are wanted, one beyond the prompt counted. Each has four.
        Assert.Equal(SequencePhase.Running, modest.Phase);
        Assert.Equal([0, 0, 0, 1, 1], flood.Select(s => s.Preemptions));
        RunToRest(scheduler, 400);
    }

    [Fact]
    public void Plan_ClientThatHasHadMoreService_WaitsForAPlace()
    {
        var scheduler = Create(blocks: 64, budget: 64, sequences: 2);
        var greedy = Add(scheduler, 60, 1, "greedy");
        Run(scheduler);
        Assert.Equal(SequencePhase.Finished, greedy.Phase);
        Sequence[] newcomers = [Add(scheduler, 8, 8, "newcomer"), Add(scheduler, 8, 8, "newcomer")];
        Run(scheduler);
        // Its counter is above the newcomer's: no idleness, no credit.
        scheduler.Counters.Enter("greedy");
        scheduler.Counters.ChargePrompt("greedy", 1000);
        var more = Add(scheduler, 8, 8, "greedy");

        Run(scheduler);

        Assert.Equal(SequencePhase.Waiting, more.Phase);
        Assert.All(newcomers, s => Assert.Equal(0, s.Preemptions));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Plan_AnyFlood_AClientWithNothingRunningBeginsWithinAStepOfItsTurn(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 40; round++)
        {
            int places = random.Next(2, 9);
            var scheduler = Create(blocks: 200, budget: 200, sequences: places, prefixCaching: random.Next(2) == 0);
            for (int i = 0; i < 12; i++)
                Add(scheduler, random.Next(1, 20), random.Next(50, 60), "flood");

            for (int step = random.Next(2, 10); step > 0; step--)
                Run(scheduler);

            Sequence[] modest = [.. Enumerable.Range(0, random.Next(1, places)).Select(i => Add(scheduler, random.Next(1, 20), random.Next(2, 50), $"modest {i}"))];
            int steps = RunUntil(scheduler, () => modest.All(s => s.Generated > 0));
            Assert.InRange(steps, 1, modest.Length + 1);
            RunToRest(scheduler, 3000);
        }
    }

    [Fact]
    public void Remove_TwiceOrInTheMiddleOfAStep_LeavesNothing()
    {
        var scheduler = Create(blocks: 8, budget: 64, sequences: 4);
        var running = Add(scheduler, 9, 4);
        var waiting = Add(scheduler, 9, 4);
        var plan = scheduler.Plan().ToArray();
        scheduler.Remove(running);
        scheduler.Remove(running);
        scheduler.Remove(waiting);
        foreach (var part in plan)
            scheduler.Commit(part);

        Assert.Empty(scheduler.Violations());
        Assert.Equal(0, scheduler.KvCacheUsage);
        Assert.True(scheduler.Plan().IsEmpty);
    }

    [Fact]
    public void Expire_WaitingAndRunning_EndsThoseThatAreDueEarliestFirst()
    {
        var scheduler = Create(blocks: 64, budget: 64, sequences: 2);
        var now = TimeSpan.FromHours(1);
        var running = Add(scheduler, 9, 40, deadline: now + TimeSpan.FromSeconds(2));
        var endless = Add(scheduler, 9, 40);
        var waiting = Add(scheduler, 9, 40, deadline: now + TimeSpan.FromSeconds(1));
        var later = Add(scheduler, 9, 40, deadline: now + TimeSpan.FromSeconds(3));
        Run(scheduler);

        Assert.Null(scheduler.Expire(now));
        Assert.Equal([waiting, running, null], [scheduler.Expire(now + TimeSpan.FromSeconds(2)), scheduler.Expire(now + TimeSpan.FromSeconds(2)), scheduler.Expire(now + TimeSpan.FromSeconds(2))]);
        Assert.Equal((SequencePhase.Finished, SequencePhase.Finished), (waiting.Phase, running.Phase));
        Assert.Empty(running.Blocks);
        Assert.Empty(scheduler.Violations());
        scheduler.Remove(later);
        Assert.Null(scheduler.Expire(TimeSpan.MaxValue));
        Assert.Equal(SequencePhase.Running, endless.Phase);
    }

    [Fact]
    public void ViolationOf_PlanThatWouldWriteForeignBlocks_SaysSo()
    {
        var scheduler = Create(blocks: 64, budget: 64, sequences: 4);
        var one = Add(scheduler, 6, 20);
        var other = Add(scheduler, 6, 20);
        Run(scheduler);
        int own = one.Table[^1];
        Assert.Null(scheduler.ViolationOf(scheduler.Plan()));

        one.Table[^1] = other.Table[^1];
        Assert.Contains("not its own", scheduler.ViolationOf(scheduler.Plan()), StringComparison.Ordinal);
        one.Table[^1] = one.Table[0];
        Assert.Contains("not its own", scheduler.ViolationOf(scheduler.Plan()), StringComparison.Ordinal);
        one.Table[^1] = own;
        Assert.Null(scheduler.ViolationOf(scheduler.Plan()));
        Assert.Contains("none of it is planned", scheduler.ViolationOf([]), StringComparison.Ordinal);
        Assert.Contains("is planned for", scheduler.ViolationOf([new ScheduledSequence(one, one.Computed - 1, 1)]), StringComparison.Ordinal);
    }

    [Fact]
    public void Add_MoreThanTheCacheCanHold_IsRefused()
    {
        var scheduler = Create(blocks: 2, budget: 64, sequences: 4);

        Assert.Throws<ArgumentException>(() => Add(scheduler, 5, 4));
        Assert.Equal(0, scheduler.WaitingCount);
    }

    private Scheduler Create(int blocks, int budget, int sequences, bool prefixCaching = true, double share = 0.5, bool preempts = false, int? promptTokensBesideDecodes = null) => new(
        new SchedulerOptions { MaxBatchedTokens = budget, MaxPromptTokensBesideDecodes = promptTokensBesideDecodes, MaxSequences = sequences, BlockSize = 4, PrefixCaching = prefixCaching, PreemptByPriority = preempts },
        new BlockPool(blocks, share));

    private Sequence Add(Scheduler scheduler, int prompt, int maxTokens, string client = "me", TimeSpan? deadline = null, int priority = 0) =>
        Add(scheduler, [.. Enumerable.Repeat((int)_lastId + 1000, prompt)], maxTokens, client, deadline, priority);

    private Sequence Add(Scheduler scheduler, int[] prompt, int maxTokens, string client = "me", TimeSpan? deadline = null, int priority = 0)
    {
        var request = new GenerationRequest { PromptTokens = prompt, MaxTokens = maxTokens, ClientId = client, Deadline = deadline, Priority = priority };
        var sequence = new Sequence(++_lastId, request, BlockHash.Root("secret"u8, client));
        scheduler.Add(sequence);
        return sequence;
    }

    /// <summary>Runs a step as the engine does.</summary>
    private static List<(Sequence Sequence, int Count)> Run(Scheduler scheduler)
    {
        var plan = scheduler.Plan().ToArray();
        Assert.Null(scheduler.ViolationOf(plan));
        foreach (var part in plan)
        {
            bool isSampled = part.IsSampled;
            scheduler.Commit(part);
            if (isSampled)
                scheduler.Append(part.Sequence, 7);

            if (part.Sequence.Generated == part.Sequence.Request.MaxTokens)
                scheduler.Remove(part.Sequence);
        }
        return [.. plan.Select(part => (part.Sequence, part.Count))];
    }

    private static void RunToRest(Scheduler scheduler, int mostSteps) =>
        RunUntil(scheduler, () => scheduler.Running.Count + scheduler.WaitingCount == 0, mostSteps);

    /// <summary>Runs steps until the condition holds, and returns how many.</summary>
    private static int RunUntil(Scheduler scheduler, Func<bool> condition, int mostSteps = 100)
    {
        int steps = 0;
        for (; !condition(); steps++)
        {
            Assert.True(steps < mostSteps, "The condition does not come about.");
            Run(scheduler);
            Assert.Empty(scheduler.Violations());
        }
        return steps;
    }
}

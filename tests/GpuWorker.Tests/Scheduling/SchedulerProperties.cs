using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Scheduling;

public sealed class SchedulerProperties
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnyTraffic_KeepsTheInvariantsAndFinishesEverything(bool drafts)
    {
        long preemptions = 0, hits = 0, cutShort = 0, accepted = 0, rejected = 0, told = 0, passed = 0;
        for (int seed = 0; seed < 120; seed++)
        {
            var traffic = new SchedulerTraffic(seed, drafts: drafts);
            var random = new Random(seed + 1000);
            for (int step = 0; step < 100; step++)
            {
                while (random.Next(3) == 0)
                    traffic.Arrive();

                // A storm of arrivals, as after an outage.
                for (int i = 0; step == 50 && i < 30; i++)
                    traffic.Arrive();

                if (random.Next(6) == 0)
                    traffic.Depart();

                traffic.Step(fails: random.Next(15) == 0);
            }
            // No more arrivals: whatever waits, however urgent or old, is done within what all of it takes one by one, thrown away twice.
            int left = traffic.Scheduler.Running.Concat(traffic.Scheduler.Waiting).Sum(s => s.Length + s.Request.MaxTokens - s.Generated);
            for (int step = 0; traffic.Scheduler.Running.Count + traffic.Scheduler.WaitingCount > 0; step++)
            {
                Assert.True(step <= 3 * left, "There is work that does not end.");
                traffic.Step(fails: false);
            }

            Assert.All(traffic.All, sequence => Assert.Equal(SequencePhase.Finished, sequence.Phase));
            Assert.Equal(traffic.CutShort, traffic.All.Count(s => s.Generated < s.Request.MaxTokens));
            Assert.Equal(traffic.Pool.Total, traffic.Pool.Free);
            Assert.Empty(traffic.Pool.Snapshot().Violations([]));
            preemptions += traffic.Scheduler.Preemptions;
            hits += traffic.Scheduler.PrefixHitTokens;
            cutShort += traffic.CutShort;
            told += traffic.Told;
            passed += traffic.Passed;
            accepted += traffic.Accepted;
            rejected += traffic.Drafted - traffic.Accepted;
        }
        Assert.True(drafts ? accepted > 500 && rejected > 500 : accepted + rejected == 0, $"{accepted} drafts came and {rejected} did not.");
        Assert.True(preemptions > 100 && hits > 1000 && cutShort > 100 && told > 500 && passed > 100, $"{preemptions} preemptions, {hits} tokens hit, {cutShort} cut short, {told} prompts told of, {passed} passed another: the traffic tests too little.");
    }

    /// <summary>
    /// Planning ahead changes when the work is done, not what is planned. Without prefix caching: blocks that are taken sooner may be other
    /// blocks, whose content is then forgotten in another order.
    /// </summary>
    [Fact]
    public void PlanAhead_AnyTraffic_PlansAreThoseOfASchedulerThatDoesNot()
    {
        int steps = 0, foreseen = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            var ahead = Run(seed, plansAhead: true);
            var plain = Run(seed, plansAhead: false);
            Assert.Equal(plain.Planned, ahead.Planned);
            Assert.Equal(plain.Scheduler.Preemptions, ahead.Scheduler.Preemptions);
            steps += ahead.Planned.Select(part => part.Step).Distinct().Count();
            foreseen += ahead.Foreseen;
        }
        Assert.InRange(foreseen, steps / 10, steps);

        static SchedulerTraffic Run(int seed, bool plansAhead)
        {
            var traffic = new SchedulerTraffic(seed, plansAhead, prefixCaching: false);
            var random = new Random(seed);
            for (int step = 0; step < 120; step++)
            {
                if (random.Next(3) == 0)
                    traffic.Arrive();

                if (random.Next(12) == 0)
                    traffic.Depart();

                traffic.Step(fails: random.Next(20) == 0);
            }
            return traffic;
        }
    }

    /// <summary>
    /// Clients that always have something waiting get the same service within twice max(w_p x longest prompt, w_q x tokens in the batch),
    /// over any interval (Sheng et al., arXiv:2401.00588), whatever the shapes of their requests.
    /// </summary>
    [Theory]
    [InlineData(200, 30)]
    [InlineData(40, 30)]
    [InlineData(8, 4)]
    public void BackloggedClients_AreServedAlikeWithinTheBound(int blocks, int longest)
    {
        const int BlockSize = 4;
        string[] clients = ["long prompts", "long answers", "anything"];
        var random = new Random(longest + blocks);
        var pool = new BlockPool(blocks);
        var scheduler = new Scheduler(new SchedulerOptions { MaxBatchedTokens = 40, MaxSequences = 6, BlockSize = BlockSize }, pool);
        int most = Math.Min(longest, (blocks * BlockSize / 2) - 1), tokensInBatch = Math.Min(blocks * BlockSize, 6 * 2 * most);
        long bound = 2 * Math.Max((long)VirtualTokenCounters.PromptWeight * most, (long)VirtualTokenCounters.GeneratedWeight * tokensInBatch);
        long lastId = 0;
        List<long[]> served = [];
        for (int step = 0; step < 3000; step++)
        {
            foreach (string client in clients)
                while (scheduler.Waiting.Count(s => s.Request.ClientId == client && s.Preemptions == 0) < 2)
                    Arrive(client);

            foreach (var part in scheduler.Plan().ToArray())
            {
                bool isSampled = part.IsSampled;
                scheduler.Commit(part);
                if (isSampled)
                    scheduler.Append(part.Sequence, 7);

                if (part.Sequence.Generated == part.Sequence.Request.MaxTokens)
                    scheduler.Remove(part.Sequence);
            }
            served.Add([.. clients.Select(client => scheduler.Counters[client])]);
        }

        Assert.True(served[^1].Min() > 5 * bound, "Too little was served to tell.");
        for (int a = 0; a < clients.Length; a++)
        {
            for (int b = 0; b < a; b++)
            {
                var differences = served.Select(s => s[a] - s[b]).ToList();
                Assert.InRange(differences.Max() - differences.Min(), 0, bound);
            }
        }

        void Arrive(string client)
        {
            int prompt = client == "long answers" ? random.Next(1, 4) : random.Next(1, most + 1);
            int answer = client == "long prompts" ? random.Next(1, 4) : random.Next(1, most + 1);
            int[] tokens = [.. Enumerable.Range((int)lastId * 100, prompt)];
            var request = new GenerationRequest { PromptTokens = tokens, MaxTokens = answer, ClientId = client };
            scheduler.Add(new Sequence(++lastId, request, BlockHash.Root("secret"u8, client)));
        }
    }
}

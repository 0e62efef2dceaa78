using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Scheduling;

public sealed class VirtualTokenCountersTests
{
    [Fact]
    public void Enter_AfterIdleness_EarnsNoCredit()
    {
        var counters = new VirtualTokenCounters();
        counters.Enter("busy");
        counters.ChargePrompt("busy", 1000);

        counters.Enter("idle so far");

        Assert.Equal(1000, counters["idle so far"]);
    }

    [Fact]
    public void Enter_AfterLeaving_KeepsItsDebt()
    {
        var counters = new VirtualTokenCounters();
        counters.Enter("other");
        counters.Enter("debtor");
        counters.ChargePrompt("debtor", 1000);
        counters.Leave("debtor");

        counters.Enter("debtor");

        Assert.Equal(1000, counters["debtor"]);
        Assert.Equal(0, counters["other"]);
    }

    [Fact]
    public void Enter_WithNobodyActive_StartsAtTheLastDeparted()
    {
        var counters = new VirtualTokenCounters();
        counters.Enter("first");
        counters.ChargeGenerated("first");
        counters.Leave("first");

        counters.Enter("second");

        Assert.Equal(2, counters["second"]);
    }

    [Fact]
    public void Leave_CountlessClients_ForgetsTheIdleOnes()
    {
        var counters = new VirtualTokenCounters();
        counters.Enter("staying");
        counters.ChargePrompt("staying", 5);
        for (int i = 0; i < 30_000; i++)
        {
            counters.Enter($"client {i}");
            counters.Leave($"client {i}");
        }

        Assert.Equal(5, counters["staying"]);
        Assert.Equal(0, counters["client 0"]);
    }

    /// <summary>Backlogged clients get equal service within the paper's bound, whatever the size of their requests.</summary>
    [Fact]
    public void MinimumFirst_BackloggedClients_StaysWithinTheBound()
    {
        var counters = new VirtualTokenCounters();
        var random = new Random(3);
        string[] clients = ["a", "b", "c"];
        var served = clients.ToDictionary(c => c, _ => 0L);
        foreach (string client in clients)
            counters.Enter(client);

        for (int i = 0; i < 2000; i++)
        {
            string next = clients.MinBy(c => counters[c])!;
            int prompt = random.Next(1, next == "a" ? 400 : 20), generated = random.Next(1, next == "b" ? 100 : 10);
            counters.ChargePrompt(next, prompt);
            for (int t = 0; t < generated; t++)
                counters.ChargeGenerated(next);

            served[next] += prompt + (2 * generated);
            Assert.True(served.Values.Max() - served.Values.Min() <= 2 * (400 + (2 * 100)));
        }
    }
}

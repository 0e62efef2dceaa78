using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Scheduling;

public sealed class QueueBudgetTests
{
    [Fact]
    public void TryEnter_OneClientBeyondItsShare_LeavesTheRestToOthers()
    {
        var budget = new QueueBudget(8, 1000, 0.75);
        Assert.Equal(6, Enumerable.Range(0, 10).Count(_ => budget.TryEnter("flood", 10)));
        Assert.True(budget.TryEnter("other", 10));
        Assert.True(budget.TryEnter("another", 10));
        Assert.False(budget.TryEnter("third", 10));
        budget.Leave("flood", 10);
        Assert.True(budget.TryEnter("third", 10));
        Assert.False(budget.TryEnter("flood", 10));
    }

    [Fact]
    public void TryEnter_TokensBeyondAShare_AreRefusedUnlessTheyAreTheClientsFirst()
    {
        var budget = new QueueBudget(100, 1000, 0.5);
        Assert.True(budget.TryEnter("wide", 700));
        Assert.False(budget.TryEnter("wide", 1));
        Assert.True(budget.TryEnter("other", 300));
        Assert.False(budget.TryEnter("third", 1));
        budget.Leave("wide", 700);
        Assert.True(budget.TryEnter("other", 200));
        Assert.False(budget.TryEnter("other", 1));
        Assert.Equal((2, 500L), (budget.Requests, budget.Tokens));
    }

    [Fact]
    public void TryEnter_EmptyQueue_TakesARequestOfAnyWidth()
    {
        var budget = new QueueBudget(1, 10, 0.01);
        Assert.True(budget.TryEnter("a", 1_000_000));
        Assert.False(budget.TryEnter("b", 1));
        budget.Leave("a", 1_000_000);
        Assert.True(budget.TryEnter("b", 1));
    }

    [Fact]
    public void LeaveAfterAnyTraffic_IsEmpty()
    {
        var random = new Random(1);
        var budget = new QueueBudget(50, 5000, 0.4);
        var inside = new List<(string Client, int Tokens)>();
        for (int i = 0; i < 10_000; i++)
        {
            if (random.Next(2) == 0)
            {
                var request = (Client: $"client {random.Next(5)}", Tokens: random.Next(1, 300));
                var own = inside.Where(other => other.Client == request.Client).ToList();
                bool fits = inside.Count < 50 && (inside.Count == 0 || inside.Sum(r => r.Tokens) + request.Tokens <= 5000)
                    && own.Count < 20 && (own.Count == 0 || own.Sum(r => r.Tokens) + request.Tokens <= 2000);
                Assert.Equal(fits, budget.TryEnter(request.Client, request.Tokens));
                if (fits)
                    inside.Add(request);
            }
            else if (inside.Count > 0)
            {
                int at = random.Next(inside.Count);
                budget.Leave(inside[at].Client, inside[at].Tokens);
                inside.RemoveAt(at);
            }
            Assert.Equal((inside.Count, (long)inside.Sum(r => r.Tokens)), (budget.Requests, budget.Tokens));
        }
    }
}

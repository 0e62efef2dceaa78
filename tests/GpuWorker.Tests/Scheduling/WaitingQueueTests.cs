using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Scheduling;

public sealed class WaitingQueueTests
{
    private readonly VirtualTokenCounters _counters = new();
    private readonly WaitingQueue _queue;
    private long _lastId;

    public WaitingQueueTests() => _queue = new WaitingQueue(_counters);

    [Fact]
    public void Peek_OneClient_GoesByPriorityThenArrival()
    {
        Add("me", 0);
        Add("me", 5);
        Add("me", -3);
        Add("me", 0);
        Add("me", -3);

        Assert.Equal([3, 5, 1, 4, 2], TakeAll());
    }

    [Fact]
    public void Peek_PriorityOfAnotherClient_WinsNothing()
    {
        Add("modest", 100);
        _counters.Enter("pushing");
        _counters.ChargePrompt("pushing", 10);
        Add("pushing", -100);

        Assert.Equal([1, 2], TakeAll());
    }

    [Fact]
    public void Peek_ClientsOfEqualService_GoInTheOrderOfArrival()
    {
        foreach (string client in (string[])["c", "a", "b"])
            Add(client, 0);

        Assert.Equal([1, 2, 3], TakeAll());
    }

    [Fact]
    public void Peek_Preempted_GoBeforeAllOthersOldestFirst()
    {
        Add("urgent", -100);
        var (young, old) = (Create("a", 0), Create("b", 50));
        foreach (var sequence in (Sequence[])[old, young])
        {
            sequence.Preemptions = 1;
            _queue.Add(sequence);
        }

        Assert.Equal([2, 3, 1], TakeAll());
    }

    /// <summary>Against a search through all that wait, under any mix of arrivals, departures and charges.</summary>
    [Fact]
    public void Peek_RandomTraffic_IsTheClientWithLeastServiceAndItsMostUrgent()
    {
        var random = new Random(8);
        List<Sequence> waiting = [];
        for (int step = 0; step < 4000; step++)
        {
            if (random.Next(3) > 0)
            {
                waiting.Add(Add($"client {random.Next(40)}", random.Next(-2, 3)));
            }
            else if (waiting.Count > 0)
            {
                var gone = random.Next(2) == 0 ? _queue.Peek()! : waiting[random.Next(waiting.Count)];
                Assert.True(_queue.Remove(gone));
                Assert.False(_queue.Remove(gone));
                waiting.Remove(gone);
                _counters.ChargePrompt(gone.Request.ClientId, random.Next(1, 50));
                if (random.Next(2) == 0)
                    _counters.Leave(gone.Request.ClientId);
            }
            var next = _queue.Peek();

            Assert.Equal(waiting.Count, _queue.Count);
            Assert.Equal(next is null, waiting.Count == 0);
            if (next is null)
                continue;

            Assert.Equal(waiting.Min(s => _counters[s.Request.ClientId]), _counters[next.Request.ClientId]);
            Assert.Equal(waiting.Where(s => s.Request.ClientId == next.Request.ClientId).Min(s => (s.Request.Priority, s.Id)), (next.Request.Priority, next.Id));
            AssertFirstPermitted(waiting, s => s.Id % 5 == 0);
            Assert.Same(next, _queue.Peek());
        }
    }

    [Fact]
    public void PeekPermitted_PreemptedOneThatIsNot_LetsNobodyGoBefore()
    {
        Add("a", 0);
        var preempted = Create("b", 0);
        preempted.Preemptions = 1;
        _queue.Add(preempted);

        Assert.Null(_queue.Peek(s => s != preempted));
        Assert.Same(preempted, _queue.Peek(s => s == preempted));
    }

    /// <summary>Of the clients whose turn comes first so many are looked at; each for its first request.</summary>
    private void AssertFirstPermitted(List<Sequence> waiting, Func<Sequence, bool> permits)
    {
        var turns = waiting.GroupBy(s => s.Request.ClientId).Select(client => client.MinBy(s => (s.Request.Priority, s.Id))!).OrderBy(s => _counters[s.Request.ClientId]).ToList();
        var found = _queue.Peek(permits);
        // Who comes first among clients of equal service is not told here: where they lie across the bound either answer is right.
        var surely = turns.Where(s => turns.Count(other => _counters[other.Request.ClientId] <= _counters[s.Request.ClientId]) <= WaitingQueue.LookedAt).FirstOrDefault(permits);
        if (surely is not null)
            Assert.Equal(_counters[surely.Request.ClientId], _counters[found!.Request.ClientId]);

        if (found is not null)
            Assert.True(permits(found) && turns.Contains(found) && turns.Count(s => _counters[s.Request.ClientId] < _counters[found.Request.ClientId]) < WaitingQueue.LookedAt);
    }

    private Sequence Add(string client, int priority)
    {
        var sequence = Create(client, priority);
        _counters.Enter(client);
        _queue.Add(sequence);
        return sequence;
    }

    private Sequence Create(string client, int priority) => new(
        ++_lastId, new GenerationRequest { PromptTokens = [1], MaxTokens = 1, ClientId = client, Priority = priority }, BlockHash.Root("secret"u8, client));

    private List<long> TakeAll()
    {
        List<long> order = [];
        while (_queue.Peek() is { } next)
        {
            order.Add(next.Id);
            _queue.Remove(next);
        }
        return order;
    }
}

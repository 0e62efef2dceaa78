using Serverless.Functions.Ingestion.Events;

namespace Serverless.Functions.Tests.Ingestion.Events;

public sealed class GatheringTests : IDisposable
{
    private readonly Gathering<int> _gathering = new(most: 4);
    private readonly List<int[]> _done = [];
    private readonly TaskCompletionSource _first = new();

    public void Dispose() => _gathering.Dispose();

    [Fact]
    public async Task Run_Alone_WaitsForNobody()
    {
        var run = RunAsync(1);
        Assert.Equal([[1]], _done);
        _first.SetResult();
        await run;
    }

    [Fact]
    public async Task Run_WhileOneIsAtWork_IsDoneWithTheOthersUpToTheMost()
    {
        var runs = Enumerable.Range(0, 6).Select(i => RunAsync(i)).ToList();
        Assert.Equal([[0]], _done);
        _first.SetResult();
        await Task.WhenAll(runs);
        Assert.Equal([[0], [1, 2, 3, 4], [5]], _done);
    }

    [Fact]
    public async Task Run_OfMoreThanTheMost_IsDoneAlone()
    {
        var runs = new[] { RunAsync(0), RunAsync(1, 2, 3, 4, 5), RunAsync(6) };
        _first.SetResult();
        await Task.WhenAll(runs);
        Assert.Equal([[0], [1, 2, 3, 4, 5], [6]], _done);
    }

    [Fact]
    public async Task Work_ThatFails_FailsForAllWhoseItWas()
    {
        var first = RunAsync(0);
        var failing = new[] { RunAsync(-1), RunAsync(2) };
        _first.SetResult();
        await first;
        foreach (var run in failing) await Assert.ThrowsAsync<InvalidOperationException>(() => run);
        await RunAsync(3);
        Assert.Equal([[0], [-1, 2], [3]], _done);
    }

    [Fact]
    public async Task Cancel_OfOneThatWaits_LeavesTheOthers()
    {
        using var stop = new CancellationTokenSource();
        var first = RunAsync(0);
        var cancelled = _gathering.RunAsync([1], DoAsync, stop.Token);
        var other = RunAsync(2);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _first.SetResult();
        await Task.WhenAll(first, other);
        Assert.Equal([[0], [2]], _done);
    }

    private Task RunAsync(params int[] items) => _gathering.RunAsync(items, DoAsync, CancellationToken.None);

    private async Task DoAsync(IReadOnlyList<int> items)
    {
        _done.Add([.. items]);
        await _first.Task;
        if (items.Any(item => item < 0)) throw new InvalidOperationException("One of them is less than nothing.");
    }
}

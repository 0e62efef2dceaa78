using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Batches.Running;

namespace Serverless.Functions.Tests.Batches;

public sealed class ReadAheadTests
{
    /// <summary>However readings end, what they give comes in the items' order, and no more is held than is permitted.</summary>
    [Fact]
    public void InOrder_AnySizes_GivesAllInOrderWithinItsBounds() =>
        Prop.ForAll(
            Gen.Choose(0, 9).ListOf().ToArbitrary(), Gen.Choose(1, 5).ToArbitrary(), Gen.Choose(1, 20).ToArbitrary(),
            // Away from the test's own context, whatever waits for a value goes on as soon as it is set.
            (sizes, most, mostBytes) => Task.Run(() => CheckAsync(sizes, most, mostBytes)).GetAwaiter().GetResult()).QuickCheckThrowOnFailure();

    [Fact]
    public async Task InOrder_WhenOneFails_StopsThoseAheadAndTellsOfIt()
    {
        var stopped = new TaskCompletionSource();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var item in ReadAhead.InOrderAsync([0, 1], _ => 1, ReadAsync, 2, 10, CancellationToken.None)) Assert.Fail($"{item} was read.");
        });

        Assert.Equal("no", failure.Message);
        Assert.True(stopped.Task.IsCompleted);

        async Task<int> ReadAsync(int item, CancellationToken stop)
        {
            if (item == 0) throw new InvalidOperationException("no");
            await using (stop.Register(stopped.SetResult)) await stopped.Task;
            throw new OperationCanceledException(stop);
        }
    }

    private static async Task CheckAsync(IReadOnlyList<int> sizes, int most, long mostBytes)
    {
        var (open, taken, begun) = (new List<(int Item, TaskCompletionSource<int> Value)>(), new List<int>(), 0);
        var reading = TakeAsync();
        // The last that was begun ends first.
        while (open.Count > 0)
        {
            var (item, value) = open[^1];
            open.RemoveAt(open.Count - 1);
            value.SetResult(item);
        }

        await reading;
        Assert.Equal(Enumerable.Range(0, sizes.Count), taken);

        async Task TakeAsync()
        {
            await foreach (var item in ReadAhead.InOrderAsync(Enumerable.Range(0, sizes.Count), i => sizes[i], ReadAsync, most, mostBytes, CancellationToken.None)) taken.Add(item);
        }

        Task<int> ReadAsync(int item, CancellationToken stop)
        {
            begun++;
            var held = Enumerable.Range(taken.Count, begun - taken.Count).Sum(i => sizes[i]);
            Assert.InRange(begun - taken.Count, 1, most);
            Assert.True(begun - taken.Count == 1 || held <= mostBytes, $"{held} of {mostBytes} bytes are held.");
            var value = new TaskCompletionSource<int>();
            open.Add((item, value));
            return value.Task;
        }
    }
}

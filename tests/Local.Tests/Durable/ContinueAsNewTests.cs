using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Storage;

namespace Local.Tests.Durable;

public sealed class ContinueAsNewTests : IAsyncLifetime
{
    private readonly EngineFixture _engine = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Fact]
    public async Task ContinueAsNew_Loop_KeepsIdAndShedsHistory()
    {
        _engine.Noting();
        _engine.Orchestrator("Count", async context =>
        {
            var n = context.GetInput<int>();
            await context.CallActivityAsync("Note", $"{n}");
            if (n < 5) context.ContinueAsNew(n + 1);
            return n;
        });
        await _engine.StartAsync();

        var done = await _engine.Run("Count", 1, "counter");

        Assert.Equal(5, done.ReadOutputAs<int>());
        Assert.Equal(["1", "2", "3", "4", "5"], _engine.Notes);
        Assert.Single(_engine.History("counter"), e => e.Kind == HistoryKind.ActivityScheduled);
    }

    [Theory]
    [InlineData(true, "a b c")]
    [InlineData(false, "c")]
    public async Task ContinueAsNew_UnprocessedEvents_AreCarriedInOrderOrDropped(bool preserve, string expected)
    {
        _engine.Orchestrator("Drain", async context =>
        {
            var texts = context.GetInput<List<string>>();
            if (texts is null)
            {
                await context.WaitForExternalEvent<object?>("next");
                context.ContinueAsNew(new List<string>(), preserve);
                return null;
            }

            context.SetCustomStatus("second");
            while (texts.LastOrDefault() != "c") texts.Add(await context.WaitForExternalEvent<string>("text"));
            return string.Join(' ', texts);
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Drain");
        await _engine.Client.RaiseEventAsync(id, "text", "a");
        await _engine.Client.RaiseEventAsync(id, "text", "b");
        await _engine.Client.RaiseEventAsync(id, "next");
        await _engine.Until(id, found => found.SerializedCustomStatus is not null);
        await _engine.Client.RaiseEventAsync(id, "text", "c");

        Assert.Equal(expected, (await _engine.End(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task ContinueAsNew_ResultsOfTheOldExecution_AreNotTakenForTheNewOnes()
    {
        var slow = new TaskCompletionSource();
        _engine.Registry.AddActivity("Slow", async (call, _) =>
        {
            if (call.ReadInput<int>() == 0) await slow.Task;
            return call.ReadInput<int>();
        });
        _engine.Orchestrator("Loop", async context =>
        {
            var n = context.GetInput<int>();
            var call = context.CallActivityAsync<int>("Slow", n);
            if (n == 0)
            {
                context.ContinueAsNew(1);
                return null;
            }

            var result = await call;
            await context.WaitForExternalEvent<object?>("end");
            return result;
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Loop", 0);
        await _engine.Until(id, _ => _engine.History(id).Exists(e => e.Kind == HistoryKind.ActivityCompleted));
        slow.SetResult();
        await _engine.Client.RaiseEventAsync(id, "end");

        Assert.Equal(1, (await _engine.End(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task ContinueAsNew_OfAChild_ReportsToItsParentAtTheEnd()
    {
        _engine.Orchestrator("Child", context =>
        {
            var n = context.GetInput<int>();
            if (n < 3) context.ContinueAsNew(n + 1);
            return Task.FromResult<object?>(n);
        });
        _engine.Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<int>("Child", 0));
        await _engine.StartAsync();

        Assert.Equal(3, (await _engine.Run("Parent")).ReadOutputAs<int>());
    }
}

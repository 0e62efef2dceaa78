using Microsoft.DurableTask.Client;

namespace Local.Tests.Durable;

public sealed class LoadTests : IAsyncLifetime
{
    private readonly EngineFixture _engine = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Fact]
    public async Task Engine_ThousandOrchestrations_AllComplete()
    {
        _engine.Activity<int>("AddOne", n => n + 1);
        _engine.Orchestrator("Chain", async context =>
        {
            var n = context.GetInput<int>();
            for (var i = 0; i < 3; i++) n = await context.CallActivityAsync<int>("AddOne", n);
            return n;
        });
        await _engine.StartAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => _engine.Begin("Chain", n)));

        var done = await Task.WhenAll(ids.Select(_engine.End));

        Assert.All(done, found => Assert.Equal(OrchestrationRuntimeStatus.Completed, found.RuntimeStatus));
        Assert.Equal(Enumerable.Range(3, 1000), done.Select(found => found.ReadOutputAs<int>()));
    }

    [Fact]
    public async Task Engine_OneOrchestrationWithManyActivities_Completes()
    {
        _engine.Activity<int>("AddOne", n => n + 1);
        _engine.Orchestrator("Long", async context =>
        {
            var n = 0;
            for (var i = 0; i < 300; i++) n = await context.CallActivityAsync<int>("AddOne", n);
            return n;
        });
        await _engine.StartAsync();

        Assert.Equal(300, (await _engine.Run("Long")).ReadOutputAs<int>());
    }
}

namespace Local.Tests.Durable;

public sealed class RestartTests : IAsyncLifetime
{
    private readonly EngineFixture _engine = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Fact]
    public async Task StopAsync_ActivityUnderWay_IsWaitedFor()
    {
        var began = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        _engine.Registry.AddActivity("Slow", async (_, _) =>
        {
            began.TrySetResult();
            await end.Task;
            _engine.Notes.Enqueue("ran");
            return "slow";
        });
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<string>("Slow"));
        await _engine.StartAsync();
        var id = await _engine.Begin("Run");
        await began.Task;
        var stopping = _engine.StopAsync();
        Assert.False(stopping.IsCompleted);
        end.SetResult();
        await stopping;
        await _engine.StartAsync();

        Assert.Equal("slow", (await _engine.End(id)).ReadOutputAs<string>());
        Assert.Single(_engine.Notes);
    }

    [Fact]
    public async Task StopAsync_PatienceOver_CancelsTheActivityAndRunsItAgain()
    {
        var runs = 0;
        var began = new TaskCompletionSource();
        _engine.Registry.AddActivity("Slow", async (_, cancellation) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                began.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            }

            return "second time";
        });
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<string>("Slow"));
        await _engine.StartAsync();
        var id = await _engine.Begin("Run");
        await began.Task;
        await _engine.Engine.StopAsync(new CancellationToken(canceled: true));
        await _engine.StartAsync();

        Assert.Equal("second time", (await _engine.End(id)).ReadOutputAs<string>());
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task StartAsync_AfterAStop_TakesUpWhatWaits()
    {
        _engine.Noting();
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<string>("Note", await context.WaitForExternalEvent<string>("text")));
        await _engine.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 10; i++) ids.Add(await _engine.Begin("Run"));
        await _engine.StopAsync();
        await _engine.StartAsync();
        foreach (var id in ids) await _engine.Client.RaiseEventAsync(id, "text", id);

        foreach (var id in ids) Assert.Equal(id.ToUpperInvariant(), (await _engine.End(id)).ReadOutputAs<string>());
        Assert.Equal(10, _engine.Notes.Count);
    }

    [Fact]
    public async Task StopAsync_LeavesNoLockFile()
    {
        await _engine.StartAsync();
        await _engine.StopAsync();

        Assert.Equal(["durable.db"], Directory.GetFiles(Path.GetDirectoryName(_engine.DatabasePath)!).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Engine_PayloadsAndMessages_StayOutOfTheLog()
    {
        var log = new LogCapture();
        await using var engine = new EngineFixture(log);
        engine.Activity<string>("Break", text => throw new FormatException(text));
        engine.Orchestrator("Run", async context =>
        {
            context.SetCustomStatus(context.GetInput<string>());
            await context.CallActivityAsync("Break", context.GetInput<string>());
            return null;
        });
        await engine.StartAsync();
        await engine.Run("Run", "canary-7f3a");
        await engine.StopAsync();

        Assert.NotEmpty(log.All);
        Assert.DoesNotContain(log.All, line => line.Contains("canary-7f3a", StringComparison.Ordinal));
    }
}

using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace Local.Tests.Durable;

public sealed class ReplayTests : IAsyncLifetime
{
    private readonly LogCapture _log = new();
    private readonly EngineFixture _engine;

    public ReplayTests() => _engine = new(_log);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Fact]
    public async Task Replay_ContextValues_AreTheSameEveryTime()
    {
        var guids = new HashSet<string>();
        var times = new HashSet<DateTime>();
        var lastReplaying = true;
        _engine.Noting();
        _engine.Orchestrator("Run", async context =>
        {
            lock (guids)
            {
                guids.Add($"{context.NewGuid()} {context.NewGuid()}");
                times.Add(context.CurrentUtcDateTime);
            }

            await context.CallActivityAsync("Note", "a");
            await context.CallActivityAsync("Note", "b");
            lastReplaying = context.IsReplaying;
            return guids.First();
        });
        await _engine.StartAsync();

        var ids = (await _engine.Run("Run")).ReadOutputAs<string>()!.Split(' ');

        Assert.Single(guids);
        Assert.Single(times);
        Assert.NotEqual(ids[0], ids[1]);
        Assert.False(lastReplaying);
    }

    [Fact]
    public async Task CreateReplaySafeLogger_AcrossReplays_WritesALineOnce()
    {
        _engine.Noting();
        _engine.Orchestrator("Run", async context =>
        {
            var logger = context.CreateReplaySafeLogger("orchestrator");
            logger.LogInformation("begin");
            await context.CallActivityAsync("Note", "a");
            logger.LogInformation("middle");
            await context.CallActivityAsync("Note", "b");
            logger.LogInformation("end");
            return null;
        });
        await _engine.StartAsync();

        await _engine.Run("Run");

        Assert.Equal(["begin", "middle", "end"], _log.Of("orchestrator"));
    }

    [Fact]
    public async Task Replay_CodeAsksForAnotherActivity_FailsNamingBoth()
    {
        var id = await BeginWaiting(async context => await context.CallActivityAsync<string>("Note", "x"));
        _engine.Noting();
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<string>("Other", "x"));

        await Expect(id, "history has action #0, activity 'Note', but the code asked for action #0, activity 'Other'");
    }

    [Fact]
    public async Task Replay_CodeAsksForLess_Fails()
    {
        var id = await BeginWaiting(async context => await context.CallActivityAsync<string>("Note", "x"));
        _engine.Orchestrator("Run", async context => await context.WaitForExternalEvent<string>("go"));

        await Expect(id, "history has action #0, activity 'Note', but the code asked for nothing more");
    }

    [Fact]
    public async Task Replay_CodeAsksForMore_Fails()
    {
        var id = await BeginWaiting(_ => Task.FromResult(""));
        _engine.Orchestrator("Run", async context =>
        {
            await context.CallSubOrchestratorAsync("Extra", null, new SubOrchestrationOptions(instanceId: "e"));
            return await context.WaitForExternalEvent<string>("go");
        });

        await Expect(id, "history has nothing more, but the code asked for action #0, sub-orchestration 'Extra' (e)");
    }

    [Fact]
    public async Task Replay_CodeEndsEarly_Fails()
    {
        var id = await BeginWaiting(_ => Task.FromResult(""));
        _engine.Orchestrator("Run", _ => Task.FromResult<object?>("early"));

        await Expect(id, "history goes on here, but the code has ended");
    }

    [Fact]
    public async Task Replay_TimerByTheMachinesClock_Fails()
    {
        _engine.Orchestrator("Run", async context =>
        {
            var timer = context.CreateTimer(DateTime.UtcNow.AddYears(20), CancellationToken.None);
            return await context.WaitForExternalEvent<string>("go");
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Run", id: "i-1");
        await _engine.Client.WaitForInstanceStartAsync(id);
        await _engine.Client.RaiseEventAsync(id, "go", "");

        Assert.Contains("a timer due", (await _engine.End(id)).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orchestrator_AwaitsTaskDelay_FailsAtOnceSayingSo()
    {
        _engine.Orchestrator("Run", async _ =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan);
            return null;
        });
        await _engine.StartAsync();

        await ExpectNotDurable(await _engine.Begin("Run", id: "i-1"));
    }

    [Fact]
    public async Task Orchestrator_AwaitsTaskRunBesideADurableTimer_Fails()
    {
        // Held until the orchestrator waits: a task that has ended by then is not awaited at all.
        using var gate = new ManualResetEventSlim();
        _engine.Orchestrator("Run", async context =>
        {
            var timer = context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None);
            await Task.Run(() => gate.Wait());
            await timer;
            return null;
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Run", id: "i-1");
        await _engine.Until(id, found => found.IsRunning);
        gate.Set();

        await ExpectNotDurable(id);
    }

    [Fact]
    public async Task Orchestrator_GoesOnElsewhereAfterItsStep_Fails()
    {
        var later = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Orchestrator("Run", async context =>
        {
            var timer = context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None);
            await later.Task;
            await timer;
            return null;
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Run", id: "i-1");
        await _engine.Until(id, found => found.IsRunning);
        later.SetResult();

        await ExpectNotDurable(id);
    }

    [Fact]
    public async Task Orchestrator_ConfigureAwaitFalse_Fails()
    {
        _engine.Noting();
        _engine.Orchestrator("Run", async context =>
        {
            await context.CallActivityAsync("Note", "a").ConfigureAwait(false);
            await context.CallActivityAsync("Note", "b");
            return null;
        });
        await _engine.StartAsync();

        await ExpectNotDurable(await _engine.Begin("Run", id: "i-1"));
    }

    [Fact]
    public async Task Orchestrator_Throws_FailsWithItsCauses()
    {
        _engine.Orchestrator("Run", _ => throw new InvalidOperationException("outer", new FormatException("inner")));
        await _engine.StartAsync();

        var failure = (await _engine.Run("Run")).FailureDetails!;

        Assert.Equal(("System.InvalidOperationException", "outer"), (failure.ErrorType, failure.ErrorMessage));
        Assert.Equal(("System.FormatException", "inner"), (failure.InnerFailure!.ErrorType, failure.InnerFailure.ErrorMessage));
        Assert.NotNull(failure.StackTrace);
    }

    [Fact]
    public async Task Orchestrator_Unknown_Fails()
    {
        await _engine.StartAsync();

        Assert.Contains("no orchestrator named 'Nowhere'", (await _engine.Run("Nowhere")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    // Runs the first part of an instance, then stops, so that the next start meets it with other code.
    private async Task<string> BeginWaiting(Func<TaskOrchestrationContext, Task<string>> first)
    {
        _engine.Noting();
        _engine.Orchestrator("Run", async context =>
        {
            await first(context);
            context.SetCustomStatus("waiting");
            return await context.WaitForExternalEvent<string>("go");
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Run", id: "i-1");
        await _engine.Until(id, found => found.SerializedCustomStatus is not null);
        await _engine.StopAsync(keepRegistry: false);
        return id;
    }

    private async Task Expect(string id, string mismatch)
    {
        await _engine.StartAsync();
        await _engine.Client.RaiseEventAsync(id, "go", "");
        var failure = (await _engine.End(id)).FailureDetails!;
        Assert.EndsWith("NonDeterministicOrchestrationException", failure.ErrorType, StringComparison.Ordinal);
        Assert.StartsWith($"Orchestrator 'Run' of instance 'i-1' is not deterministic: {mismatch}.", failure.ErrorMessage, StringComparison.Ordinal);

        // The line is written after whoever waits has been told; a stopped engine has written it.
        await _engine.StopAsync(keepRegistry: false);
        Assert.Contains(_log.Of("Serverless.Local.Durable.DurableEngine"), line => line.Contains("not deterministic", StringComparison.Ordinal));
    }

    private async Task ExpectNotDurable(string id)
    {
        var done = await _engine.End(id);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.StartsWith("Orchestrator 'Run' of instance 'i-1' awaits a task that is not durable.", done.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }
}

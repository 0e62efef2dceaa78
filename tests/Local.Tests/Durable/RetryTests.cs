using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Replay;

namespace Local.Tests.Durable;

public sealed class RetryTests : IAsyncLifetime
{
    private readonly EngineFixture _engine = new();
    private int _attempts;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    private EngineFixture Failing(int times, TaskOptions options)
    {
        _engine.Activity<string>("Flaky", _ => Interlocked.Increment(ref _attempts) <= times ? throw new TimeoutException("busy") : _attempts);
        return _engine.Orchestrator("Run", async context => await context.CallActivityAsync<int>("Flaky", "x", options));
    }

    [Fact]
    public async Task RetryPolicy_TwoFailures_WaitsWithBackOffThenSucceeds()
    {
        await Failing(2, TaskOptions.FromRetryPolicy(new(5, TimeSpan.FromSeconds(10), 3))).StartAsync();
        var id = await _engine.Begin("Run");

        await _engine.UntilTimer(TimeSpan.FromSeconds(10));
        _engine.Clock.Advance(TimeSpan.FromSeconds(10));
        await _engine.UntilTimer(TimeSpan.FromSeconds(30));
        _engine.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(3, (await _engine.End(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task RetryPolicy_AttemptsUsedUp_Fails()
    {
        await Failing(9, TaskOptions.FromRetryPolicy(new(2, TimeSpan.FromSeconds(1)))).StartAsync();
        var id = await _engine.Begin("Run");
        await _engine.UntilTimer(TimeSpan.FromSeconds(1));
        _engine.Clock.Advance(TimeSpan.FromSeconds(1));

        var done = await _engine.End(id);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal(2, _attempts);
    }

    [Fact]
    public async Task RetryPolicy_HandleFailureSaysNo_FailsAtOnce()
    {
        var policy = new RetryPolicy(5, TimeSpan.FromSeconds(1)) { HandleFailure = failure => !failure.IsCausedBy<TimeoutException>() };
        await Failing(9, TaskOptions.FromRetryPolicy(policy)).StartAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await _engine.Run("Run")).RuntimeStatus);
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task RetryPolicy_TimeoutOver_Fails()
    {
        await Failing(9, TaskOptions.FromRetryPolicy(new(99, TimeSpan.FromSeconds(10), retryTimeout: TimeSpan.FromSeconds(15)))).StartAsync();
        var id = await _engine.Begin("Run");
        await _engine.UntilTimer(TimeSpan.FromSeconds(10));
        _engine.Clock.Advance(TimeSpan.FromSeconds(10));
        await _engine.UntilTimer(TimeSpan.FromSeconds(10));
        _engine.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await _engine.End(id)).RuntimeStatus);
        Assert.Equal(3, _attempts);
    }

    [Fact]
    public async Task RetryHandler_DecidesByAttemptAndFailure()
    {
        var seen = new List<string>();
        var options = TaskOptions.FromRetryHandler(context =>
        {
            if (!context.OrchestrationContext.IsReplaying) seen.Add($"{context.LastAttemptNumber} {context.LastFailure.ErrorMessage}");
            return context.LastAttemptNumber < 3;
        });
        await Failing(9, options).StartAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await _engine.Run("Run")).RuntimeStatus);
        Assert.Equal(["1 busy", "2 busy", "3 busy"], seen);
    }

    [Fact]
    public async Task AsyncRetryHandler_AwaitsATimer_BeforeTheNextAttempt()
    {
        AsyncRetryHandler handler = async context =>
        {
            await context.OrchestrationContext.CreateTimer(TimeSpan.FromMinutes(1), CancellationToken.None);
            return true;
        };
        await Failing(1, TaskOptions.FromRetryHandler(handler)).StartAsync();
        var id = await _engine.Begin("Run");
        await _engine.UntilTimer(TimeSpan.FromMinutes(1));
        Assert.Equal(1, _attempts);
        _engine.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(2, (await _engine.End(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task RetryPolicy_OnASubOrchestration_StartsItAgainWithItsId()
    {
        _engine.Orchestrator("Child", _ => Interlocked.Increment(ref _attempts) == 1 ? throw new TimeoutException("busy") : Task.FromResult<object?>("fine"));
        _engine.Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>(
            "Child", null, TaskOptions.FromRetryPolicy(new(3, TimeSpan.FromSeconds(1))).WithInstanceId("child-1")));
        await _engine.StartAsync();
        var id = await _engine.Begin("Parent");
        await _engine.UntilTimer(TimeSpan.FromSeconds(1));
        _engine.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("fine", (await _engine.End(id)).ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await _engine.Client.GetInstanceAsync("child-1"))!.RuntimeStatus);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 8)]
    [InlineData(4, 10)]
    [InlineData(2000, 10)]
    public void DelayAfter_BacksOffUpToTheLongest(int attempt, int seconds) => Assert.Equal(
        TimeSpan.FromSeconds(seconds),
        RetrySchedule.DelayAfter(new(9999, TimeSpan.FromSeconds(2), 2, TimeSpan.FromSeconds(10)), attempt, TimeSpan.Zero));

    [Fact]
    public void DelayAfter_NoLongestInterval_NeverOverflows() => Assert.Equal(
        TimeSpan.MaxValue,
        RetrySchedule.DelayAfter(new(9999, TimeSpan.FromSeconds(2), 2, Timeout.InfiniteTimeSpan), 5000, TimeSpan.Zero));
}

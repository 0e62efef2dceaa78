using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable;

namespace Local.Tests.Durable;

public sealed class ClientTests : IAsyncLifetime
{
    private readonly EngineFixture _engine = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    private Task<EngineFixture> Started()
    {
        _engine.Orchestrator("Echo", context => Task.FromResult(context.GetInput<object?>()));
        _engine.Orchestrator("Break", _ => throw new FormatException("bad"));
        _engine.Orchestrator("Wait", async context =>
        {
            context.SetCustomStatus(new { Stage = "waiting" });
            return await context.WaitForExternalEvent<string>("go");
        });
        return _engine.StartAsync();
    }

    [Fact]
    public async Task Schedule_IdOfALiveInstance_IsIgnored()
    {
        await Started();
        await _engine.Begin("Wait", id: "one");
        await _engine.Begin("Echo", "second", "one");
        await _engine.Client.RaiseEventAsync("one", "go", "first");

        Assert.Equal("first", (await _engine.End("one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Schedule_IdOfAFinishedInstance_ReplacesIt()
    {
        await Started();
        await _engine.Run("Echo", "first", "one");

        Assert.Equal("second", (await _engine.Run("Echo", "second", "one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Schedule_DedupeStatusesHold_Throws()
    {
        await Started();
        await _engine.Run("Echo", "first", "one");
        var options = new StartOrchestrationOptions("one").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Running);

        var error = await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => _engine.Client.ScheduleNewOrchestrationInstanceAsync("Echo", "second", options));

        Assert.Contains("'one'", error.Message, StringComparison.Ordinal);
        Assert.Equal("first", (await _engine.End("one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Schedule_DedupeStatusesLeaveRunningOut_ReplacesTheLiveOne()
    {
        await Started();
        await _engine.Begin("Wait", id: "one");
        await _engine.Client.WaitForInstanceStartAsync("one");
        await _engine.Client.ScheduleNewOrchestrationInstanceAsync("Echo", "second", new StartOrchestrationOptions("one") { DedupeStatuses = ["completed"] });

        Assert.Equal("second", (await _engine.End("one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Schedule_UnknownDedupeStatus_NamesThePermitted()
    {
        await Started();

        var error = await Assert.ThrowsAsync<ArgumentException>(() =>
            _engine.Client.ScheduleNewOrchestrationInstanceAsync("Echo", null, new StartOrchestrationOptions("one") { DedupeStatuses = ["Sleeping"] }));

        Assert.Contains("'Sleeping'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Completed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schedule_DedupeTerminatedAlone_IsRefused()
    {
        await Started();
        var options = new StartOrchestrationOptions("one").WithDedupeStatuses(OrchestrationRuntimeStatus.Terminated);

        await Assert.ThrowsAsync<ArgumentException>(() => _engine.Client.ScheduleNewOrchestrationInstanceAsync("Echo", null, options));
    }

    [Fact]
    public async Task GetInstanceAsync_UnknownId_IsNull()
    {
        await Started();

        Assert.Null(await _engine.Client.GetInstanceAsync("unknown"));
    }

    [Fact]
    public async Task GetInstanceAsync_WithoutPayloads_HasNoneAndSaysHowToGetThem()
    {
        await Started();
        await _engine.Run("Echo", "secret", "one");

        var found = (await _engine.Client.GetInstanceAsync("one"))!;

        Assert.Null(found.SerializedOutput);
        Assert.Throws<InvalidOperationException>(() => found.ReadOutputAs<string>());
        Assert.DoesNotContain("secret", (await _engine.Client.GetInstanceAsync("one", true))!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetCustomStatus_IsSeenWhileRunningAndAfterwards()
    {
        await Started();
        await _engine.Begin("Wait", id: "one");

        var running = await _engine.Until("one", found => found.SerializedCustomStatus is not null);
        await _engine.Client.RaiseEventAsync("one", "go", "");

        Assert.Equal("""{"Stage":"waiting"}""", running.SerializedCustomStatus);
        Assert.Equal("""{"Stage":"waiting"}""", (await _engine.End("one")).SerializedCustomStatus);
    }

    [Fact]
    public async Task TerminateInstanceAsync_Running_EndsItWithTheOutput()
    {
        await Started();
        await _engine.Begin("Wait", id: "one");
        await _engine.Client.TerminateInstanceAsync("one", (object)"because");

        var done = await _engine.End("one");

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, done.RuntimeStatus);
        Assert.Equal("because", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task TerminateInstanceAsync_PendingOrSuspended_EndsIt()
    {
        await Started();
        await _engine.Client.ScheduleNewOrchestrationInstanceAsync("Echo", null, new StartOrchestrationOptions("later", _engine.Clock.GetUtcNow().AddDays(1)));
        await _engine.Begin("Wait", id: "held");
        await _engine.Client.SuspendInstanceAsync("held");
        await _engine.Until("held", found => found.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await _engine.Client.TerminateInstanceAsync("later");
        await _engine.Client.TerminateInstanceAsync("held");

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await _engine.End("later")).RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await _engine.End("held")).RuntimeStatus);
    }

    [Fact]
    public async Task SuspendInstanceAsync_EventsMeanwhile_AreHandledAfterResume()
    {
        await Started();
        await _engine.Begin("Wait", id: "one");
        await _engine.Until("one", found => found.IsRunning);
        await _engine.Client.SuspendInstanceAsync("one", "pause");
        await _engine.Until("one", found => found.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await _engine.Client.RaiseEventAsync("one", "go", "held back");
        await _engine.StopAsync();
        await _engine.StartAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await _engine.Client.GetInstanceAsync("one"))!.RuntimeStatus);
        await _engine.Client.ResumeInstanceAsync("one", "go on");

        Assert.Equal("held back", (await _engine.End("one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task GetAllInstancesAsync_Pages_ShowEachInstanceOnce()
    {
        await Started();
        for (var i = 0; i < 25; i++)
        {
            await _engine.Run(i % 5 == 0 ? "Break" : "Echo", i, $"{(i < 20 ? "a" : "b")}-{i:00}");
            if (i % 3 == 0) _engine.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var pages = new List<Page<OrchestrationMetadata>>();
        await foreach (var page in _engine.Client.GetAllInstancesAsync(new() { InstanceIdPrefix = "a-", PageSize = 6 }).AsPages()) pages.Add(page);

        Assert.Equal([6, 6, 6, 2], pages.Select(page => page.Values.Count));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"a-{i:00}"), pages.SelectMany(page => page.Values).Select(found => found.InstanceId));
        Assert.Null(pages[^1].ContinuationToken);
        var rest = await Ids(new() { ContinuationToken = pages[2].ContinuationToken, InstanceIdPrefix = "a-" });
        Assert.Equal(["a-18", "a-19"], rest);
        Assert.Equal(5, (await Ids(new() { Statuses = [OrchestrationRuntimeStatus.Failed] })).Count);
        Assert.Equal(25, (await Ids(new() { TaskHubNames = ["serverless"] })).Count);
        Assert.Empty(await Ids(new() { TaskHubNames = ["elsewhere"] }));
        await Assert.ThrowsAsync<ArgumentException>(() => Ids(new() { ContinuationToken = "nonsense" }));
    }

    [Fact]
    public async Task PurgeInstanceAsync_Finished_ForgetsIt()
    {
        await Started();
        await _engine.Run("Echo", 1, "one");
        await _engine.Begin("Wait", id: "live");

        Assert.Equal(1, (await _engine.Client.PurgeInstanceAsync("one")).PurgedInstanceCount);
        Assert.Equal(0, (await _engine.Client.PurgeInstanceAsync("one")).PurgedInstanceCount);
        Assert.Equal(0, (await _engine.Client.PurgeInstanceAsync("live")).PurgedInstanceCount);
        Assert.Null(await _engine.Client.GetInstanceAsync("one"));
        Assert.Empty(_engine.History("one"));
    }

    [Fact]
    public async Task PurgeInstanceAsync_Recursive_TakesTheChildren()
    {
        await Started();
        _engine.Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<int>("Echo", 1, new SubOrchestrationOptions(instanceId: "child")));
        await _engine.Run("Parent", id: "parent");

        Assert.Equal(2, (await _engine.Client.PurgeInstanceAsync("parent", new PurgeInstanceOptions(true))).PurgedInstanceCount);
        Assert.Null(await _engine.Client.GetInstanceAsync("child"));
    }

    [Fact]
    public async Task PurgeAllInstancesAsync_Filter_TakesFinishedOnesThatMatch()
    {
        await Started();
        await _engine.Run("Echo", 1, "old");
        await _engine.Begin("Wait", id: "live");
        _engine.Clock.Advance(TimeSpan.FromHours(1));
        var border = _engine.Clock.GetUtcNow();
        await _engine.Run("Echo", 1, "new");
        await _engine.Run("Break", 1, "broken");

        Assert.Equal(1, (await _engine.Client.PurgeAllInstancesAsync(new(CreatedTo: border.AddMinutes(-1)))).PurgedInstanceCount);
        Assert.Equal(1, (await _engine.Client.PurgeAllInstancesAsync(new(Statuses: [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Running]))).PurgedInstanceCount);
        Assert.Equal(["live", "new"], await Ids(new()));
    }

    [Fact]
    public async Task WaitForInstanceStartAsync_NotYetScheduled_WaitsForIt()
    {
        await Started();
        var waiting = _engine.Client.WaitForInstanceStartAsync("one");
        await _engine.Begin("Wait", id: "one");

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await waiting).RuntimeStatus);
    }

    [Fact]
    public async Task WaitForInstanceCompletionAsync_Cancelled_Throws()
    {
        await Started();
        await _engine.Begin("Wait", id: "one");
        using var cancel = new CancellationTokenSource();
        var waiting = _engine.Client.WaitForInstanceCompletionAsync("one", cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task StopAsync_SomebodyWaits_TellsThem()
    {
        await Started();
        await _engine.Begin("Wait", id: "one");
        var waiting = _engine.Client.WaitForInstanceCompletionAsync("one");
        await _engine.StopAsync();

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => waiting);
    }

    [Fact]
    public async Task StartAsync_FileInUse_SaysSo()
    {
        await Started();
        await using var second = new DurableEngine(
            new() { DatabasePath = _engine.DatabasePath }, _engine.Registry, _engine.Clock, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => second.StartAsync(CancellationToken.None));

        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    private async Task<List<string>> Ids(OrchestrationQuery query)
    {
        var ids = new List<string>();
        await foreach (var found in _engine.Client.GetAllInstancesAsync(query)) ids.Add(found.InstanceId);
        return ids;
    }
}

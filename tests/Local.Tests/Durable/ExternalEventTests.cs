using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Local.Tests.Durable;

public sealed class ExternalEventTests : IAsyncLifetime
{
    private readonly EngineFixture _engine = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Fact]
    public async Task RaiseEventAsync_NameInAnotherCase_IsReceived()
    {
        _engine.Orchestrator("Wait", async context => await context.WaitForExternalEvent<int>("Approved"));
        await _engine.StartAsync();
        var id = await _engine.Begin("Wait");

        await _engine.Client.RaiseEventAsync(id, "APPROVED", 7);

        Assert.Equal(7, (await _engine.End(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task RaiseEventAsync_BeforeAnybodyWaits_IsKeptInOrder()
    {
        _engine.Orchestrator("Wait", async context =>
        {
            await context.WaitForExternalEvent<object?>("begin");
            var texts = new List<string>();
            for (var i = 0; i < 3; i++) texts.Add(await context.WaitForExternalEvent<string>("text"));
            texts.Add(await context.WaitForExternalEvent<string>("other"));
            return texts;
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Wait");
        await _engine.Client.RaiseEventAsync(id, "text", "a");
        await _engine.Client.RaiseEventAsync(id, "other", "x");
        await _engine.Client.RaiseEventAsync(id, "text", "b");
        await _engine.Client.WaitForInstanceStartAsync(id);
        await _engine.Client.RaiseEventAsync(id, "text", "c");
        await _engine.Client.RaiseEventAsync(id, "begin");

        Assert.Equal("a b c x", string.Join(' ', (await _engine.End(id)).ReadOutputAs<string[]>()!));
    }

    [Fact]
    public async Task RaiseEventAsync_BeforeAScheduledStart_WaitsForIt()
    {
        _engine.Orchestrator("Wait", async context => await context.WaitForExternalEvent<string>("go"));
        await _engine.StartAsync();
        var id = await _engine.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions(null, _engine.Clock.GetUtcNow().AddMinutes(5)));
        await _engine.Client.RaiseEventAsync(id, "go", "early");
        await _engine.UntilTimer(TimeSpan.FromMinutes(5));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await _engine.Client.GetInstanceAsync(id))!.RuntimeStatus);
        _engine.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("early", (await _engine.End(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task WaitForExternalEvent_SeveralWaiters_LatestIsServedFirst()
    {
        _engine.Orchestrator("Wait", async context =>
        {
            var first = context.WaitForExternalEvent<string>("e");
            var second = context.WaitForExternalEvent<string>("e");
            return $"{await second} {await first}";
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Wait");
        await _engine.Client.RaiseEventAsync(id, "e", "1");
        await _engine.Client.RaiseEventAsync(id, "e", "2");

        Assert.Equal("1 2", (await _engine.End(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task WaitForExternalEvent_Timeout_CancelsAndLosesNoEvent()
    {
        _engine.Orchestrator("Wait", async context =>
        {
            try
            {
                return await context.WaitForExternalEvent<string>("e", TimeSpan.FromSeconds(30));
            }
            catch (TaskCanceledException)
            {
                context.SetCustomStatus("timed out");
                return "late: " + await context.WaitForExternalEvent<string>("e");
            }
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Wait");
        await _engine.UntilTimer(TimeSpan.FromSeconds(30));
        _engine.Clock.Advance(TimeSpan.FromSeconds(30));
        await _engine.Until(id, found => found.SerializedCustomStatus is not null);
        await _engine.Client.RaiseEventAsync(id, "e", "x");

        Assert.Equal("late: x", (await _engine.End(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task WaitForExternalEvent_InTime_CancelsItsTimer()
    {
        _engine.Orchestrator("Wait", async context =>
        {
            var got = await context.WaitForExternalEvent<string>("e", TimeSpan.FromDays(30));
            await context.WaitForExternalEvent<string>("end");
            return got;
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Wait");
        await _engine.Client.WaitForInstanceStartAsync(id);
        await _engine.Client.RaiseEventAsync(id, "e", "x");
        await _engine.Client.RaiseEventAsync(id, "end", "");

        Assert.Equal("x", (await _engine.End(id)).ReadOutputAs<string>());
        Assert.Null(_engine.Engine.Store.Read(sql => sql.Number("SELECT min(fire_at) FROM timers")));
    }

    [Fact]
    public async Task SendEvent_ToAnotherInstance_Arrives()
    {
        _engine.Orchestrator("Wait", async context => await context.WaitForExternalEvent<string>("hello"));
        _engine.Orchestrator("Send", context =>
        {
            context.SendEvent("receiver", "hello", "there");
            context.SendEvent("nobody", "hello", "there");
            return Task.FromResult<object?>(null);
        });
        await _engine.StartAsync();
        await _engine.Begin("Wait", id: "receiver");
        await _engine.Run("Send");

        Assert.Equal("there", (await _engine.End("receiver")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task RaiseEventAsync_UnknownOrFinishedInstance_IsDropped()
    {
        _engine.Orchestrator("Done", _ => Task.FromResult<object?>(1));
        await _engine.StartAsync();
        var id = (await _engine.Run("Done")).InstanceId;

        await _engine.Client.RaiseEventAsync(id, "e", 1);
        await _engine.Client.RaiseEventAsync("unknown", "e", 1);

        Assert.Equal(0, _engine.Engine.Store.Read(sql => sql.Number("SELECT count(*) FROM inbox")));
    }
}

using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Local.Tests.Durable;

public sealed class TimerTests : IAsyncLifetime
{
    private readonly EngineFixture _engine = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Fact]
    public async Task CreateTimer_Due_ResumesWithItsTime()
    {
        _engine.Orchestrator("Sleep", async context =>
        {
            var began = context.CurrentUtcDateTime;
            Assert.Equal(DateTimeKind.Utc, began.Kind);
            await context.CreateTimer(TimeSpan.FromHours(36), CancellationToken.None);
            return context.CurrentUtcDateTime - began;
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Sleep");
        await _engine.UntilTimer(TimeSpan.FromHours(1));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await _engine.Client.GetInstanceAsync(id))!.RuntimeStatus);
        _engine.Clock.Advance(TimeSpan.FromHours(36));

        Assert.Equal(TimeSpan.FromHours(36), (await _engine.End(id)).ReadOutputAs<TimeSpan>());
    }

    [Fact]
    public async Task CreateTimer_InThePast_FiresAtOnce()
    {
        _engine.Orchestrator("Sleep", async context =>
        {
            await context.CreateTimer(context.CurrentUtcDateTime.AddDays(-1), CancellationToken.None);
            return 1;
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Sleep");
        await _engine.UntilTimer(TimeSpan.Zero);
        _engine.Clock.Advance(TimeSpan.Zero);

        Assert.Equal(1, (await _engine.End(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task CreateTimer_Cancelled_ThrowsAndLeavesNothingDue()
    {
        _engine.Noting();
        _engine.Orchestrator("Race", async context =>
        {
            using var cancel = new CancellationTokenSource();
            var timer = context.CreateTimer(TimeSpan.FromHours(1), cancel.Token);
            await Task.WhenAny(timer, context.CallActivityAsync("Note", "quick"));
            cancel.Cancel();
            await context.CallActivityAsync("Note", "after");
            return timer.IsCanceled;
        });
        await _engine.StartAsync();

        Assert.True((await _engine.Run("Race")).ReadOutputAs<bool>());
        Assert.Null(_engine.Engine.Store.Read(sql => sql.Number("SELECT min(fire_at) FROM timers")));
    }

    [Fact]
    public async Task CreateTimer_Several_FireInTheOrderOfTheirTimes()
    {
        _engine.Orchestrator("Many", async context =>
        {
            var order = new List<int>();
            await Task.WhenAll(new[] { 3, 1, 2 }.Select(async n =>
            {
                await context.CreateTimer(TimeSpan.FromMinutes(n), CancellationToken.None);
                order.Add(n);
            }));
            return order;
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Many");
        await _engine.UntilTimer(TimeSpan.FromMinutes(1));
        _engine.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("1 2 3", string.Join(' ', (await _engine.End(id)).ReadOutputAs<int[]>()!));
    }

    [Fact]
    public async Task CreateTimer_EngineDownWhenDue_FiresAtTheNextStart()
    {
        _engine.Orchestrator("Sleep", async context =>
        {
            await context.CreateTimer(TimeSpan.FromMinutes(5), CancellationToken.None);
            return "woken";
        });
        await _engine.StartAsync();
        var id = await _engine.Begin("Sleep");
        await _engine.UntilTimer(TimeSpan.FromMinutes(5));
        await _engine.StopAsync();
        _engine.Clock.Advance(TimeSpan.FromHours(1));
        await _engine.StartAsync();
        _engine.Clock.Advance(TimeSpan.Zero);

        Assert.Equal("woken", (await _engine.End(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Engine_NothingToDo_SetsNoAlarm()
    {
        _engine.Noting();
        _engine.Orchestrator("Run", async context => await context.CallActivityAsync<string>("Note", "x"));
        await _engine.StartAsync();
        await _engine.Run("Run");

        Assert.Null(_engine.Clock.NextTimer);
    }
}

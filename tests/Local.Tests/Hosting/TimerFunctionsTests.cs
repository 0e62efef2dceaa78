using System.Collections.Concurrent;
using Local.Tests.Support;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Local.Tests.Hosting;

public sealed class TimerFunctionsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 10, 2, 30, TimeSpan.Zero);
    private readonly ManualTimeProvider _time = new(Start);
    private readonly TimerRuns _runs = new();

    [Fact]
    public async Task Timer_WhenDue_RunsAndNotBefore()
    {
        await using var host = await StartAsync(typeof(EveryFiveMinutes));
        await AtRestAsync();
        _time.Advance(TimeSpan.FromSeconds(149));
        Assert.Empty(_runs.Times);

        _time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => _runs.Times.Count == 1, "the timer ran");
        Assert.False(_runs.Times.Single().IsPastDue);
    }

    [Fact]
    public async Task Timer_RunOnStartup_RunsAtOnce()
    {
        await using var host = await StartAsync(typeof(OnStartup));

        await Eventually.TrueAsync(() => _runs.Times.Count == 1, "the timer ran");
    }

    [Fact]
    public async Task Timer_Interval_RunsAgainAndAgain()
    {
        await using var host = await StartAsync(typeof(EveryTenSeconds));
        for (var i = 1; i <= 3; i++)
        {
            await AtRestAsync();
            _time.Advance(TimeSpan.FromSeconds(10));
            await Eventually.TrueAsync(() => _runs.Times.Count == i, "the timer ran");
        }
    }

    [Fact]
    public async Task Timer_HostWasDownWhenDue_RunsPastDueAtTheNextStart()
    {
        using var data = new TemporaryFolder();
        await using (await StartAsync(typeof(EveryFiveMinutes), data.Path)) await AtRestAsync();
        _time.Advance(TimeSpan.FromMinutes(20));

        await using var host = await StartAsync(typeof(EveryFiveMinutes), data.Path);

        await Eventually.TrueAsync(() => _runs.Times.Count == 1, "the timer ran");
        Assert.True(_runs.Times.Single().IsPastDue);
    }

    [Fact]
    public async Task Timer_HostWasDownButNothingWasDue_DoesNotRunAtStart()
    {
        using var data = new TemporaryFolder();
        await using (await StartAsync(typeof(EveryFiveMinutes), data.Path)) await AtRestAsync();
        _time.Advance(TimeSpan.FromMinutes(2));

        await using var host = await StartAsync(typeof(EveryFiveMinutes), data.Path);

        await AtRestAsync();
        Assert.Empty(_runs.Times);
    }

    [Fact]
    public async Task Timer_StillRunningWhenDueAgain_DoesNotOverlapItself()
    {
        _runs.Blocked = new TaskCompletionSource();
        await using var host = await StartAsync(typeof(EveryTenSeconds));
        await AtRestAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(() => _runs.Times.Count == 1, "the timer ran");
        _time.Advance(TimeSpan.FromMinutes(5));

        _runs.Blocked.SetResult();

        await AtRestAsync();
        Assert.Single(_runs.Times);
        Assert.Equal(1, _runs.MostAtOnce);
    }

    [Fact]
    public async Task Timer_FunctionThrows_RunsAgainWhenDue()
    {
        _runs.Throw = true;
        await using var host = await StartAsync(typeof(EveryTenSeconds));
        for (var i = 1; i <= 2; i++)
        {
            await AtRestAsync();
            _time.Advance(TimeSpan.FromSeconds(10));
            await Eventually.TrueAsync(() => _runs.Times.Count == i, "the timer ran");
        }
    }

    private Task AtRestAsync() => Eventually.TrueAsync(() => _time.NextTimer is not null, "the timer waits");

    private Task<TestHost> StartAsync(Type type, string? data = null) => TestHost.StartAsync([type], dataDirectory: data, configure: options => options with
    {
        Services = services => services.AddSingleton<TimeProvider>(_time).AddSingleton(_runs),
    });

    public sealed class TimerRuns
    {
        private int _running;

        public ConcurrentQueue<TimerInfo> Times { get; } = new();

        public TaskCompletionSource? Blocked { get; set; }

        public bool Throw { get; set; }

        public int MostAtOnce { get; private set; }

        public async Task RunAsync(TimerInfo timer)
        {
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _running));
            Times.Enqueue(timer);
            if (Blocked is not null) await Blocked.Task;
            Interlocked.Decrement(ref _running);
            if (Throw) throw new InvalidOperationException();
        }
    }

    public sealed class EveryFiveMinutes(TimerRuns runs)
    {
        [Function("EveryFiveMinutes")]
        public Task Run([TimerTrigger("0 */5 * * * *")] TimerInfo timer) => runs.RunAsync(timer);
    }

    public sealed class EveryTenSeconds(TimerRuns runs)
    {
        [Function("EveryTenSeconds")]
        public Task Run([TimerTrigger("00:00:10")] TimerInfo timer) => runs.RunAsync(timer);
    }

    public sealed class OnStartup(TimerRuns runs)
    {
        [Function("OnStartup")]
        public Task Run([TimerTrigger("0 0 0 1 1 *", RunOnStartup = true)] TimerInfo timer) => runs.RunAsync(timer);
    }
}

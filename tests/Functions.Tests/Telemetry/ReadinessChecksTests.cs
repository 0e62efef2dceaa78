using Azure;
using Serverless.Functions.Telemetry;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Telemetry;

public sealed class ReadinessChecksTests
{
    private readonly ManualTime _time = new();

    public static TheoryData<string, string> EachDown() => new()
    {
        { "storage", "not_ready" },
        { "search", "degraded" },
        { "vault", "degraded" },
        { "worker", "degraded" },
    };

    [Theory]
    [MemberData(nameof(EachDown))]
    public async Task Get_WithOneDown_NamesItAndItsReason(string down, string status)
    {
        var found = await Of(p => p == down ? Task.FromException(new RequestFailedException(503, "secret words")) : Task.CompletedTask).GetAsync();
        Assert.Equal(status, found.Status);
        Assert.Equal([down], found.Dependencies.Where(d => d.Status == "down").Select(d => d.Name));
        Assert.Equal("status_503", found.Dependencies.Single(d => d.Name == down).Reason);
    }

    [Theory]
    [MemberData(nameof(EachDown))]
    public async Task Get_WithOneThatNeverAnswers_EndsWhenItsTimeIsUp(string down, string status)
    {
        var asked = new TaskCompletionSource();
        var round = Of(p =>
        {
            if (p != down) return Task.CompletedTask;
            asked.SetResult();
            return new TaskCompletionSource().Task;
        }).GetAsync();
        await asked.Task;
        while (!round.IsCompleted)
        {
            _time.Advance(ReadinessChecks.Patience);
            await Task.Yield();
        }

        var found = await round;
        Assert.Equal((status, "timeout"), (found.Status, found.Dependencies.Single(d => d.Name == down).Reason));
    }

    [Fact]
    public async Task Get_ByManyAndSoonAgain_AsksOnce()
    {
        var asked = 0;
        var checks = Of(p =>
        {
            if (p == "storage") Interlocked.Increment(ref asked);
            return Task.CompletedTask;
        });
        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => checks.GetAsync()));
        Assert.All(all, r => Assert.Equal("ready", r.Status));
        _time.Advance(ReadinessChecks.Keep - TimeSpan.FromMilliseconds(1));
        await checks.GetAsync();
        Assert.Equal(1, asked);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await checks.GetAsync();
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Get_WithAProbeThatThrowsAtOnce_TellsAClassAndNoWords()
    {
        var found = await Of(_ => throw new InvalidOperationException("canary")).GetAsync();
        Assert.Equal("not_ready", found.Status);
        Assert.All(found.Dependencies, d => Assert.Equal("failed", d.Reason));
    }

    private ReadinessChecks Of(Func<string, Task> ask) =>
        new(((string[])["storage", "search", "vault", "worker"]).Select(name => new DependencyProbe(name, name == "storage", _ => ask(name))), _time);
}

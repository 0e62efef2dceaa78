using Serverless.Contracts.Tests;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Dispatch;

public sealed class SilenceWatchTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();
    private int _spoken;

    [Fact]
    public async Task Stream_ThatWaits_IsSpokenForOnceAPeriod()
    {
        using var watch = Watch(() => Task.CompletedTask);
        watch.Pause();

        for (var periods = 1; periods <= 3; periods++)
        {
            _time.Advance(Period);
            Assert.Equal(periods, _spoken);
        }

        await watch.ResumeAsync();
    }

    [Fact]
    public async Task Stream_ThatWrites_IsNotSpokenInto()
    {
        using var watch = Watch(() => Task.CompletedTask);
        watch.Pause();
        await watch.ResumeAsync();

        _time.Advance(Period);
        _time.Advance(Period);

        Assert.Equal(0, _spoken);
    }

    [Fact]
    public void Stream_ThatSaidSomething_IsSilentAPeriodLater()
    {
        using var watch = Watch(() => Task.CompletedTask);
        watch.Pause();
        watch.Heard();

        _time.Advance(Period);
        Assert.Equal(0, _spoken);

        _time.Advance(Period);
        Assert.Equal(1, _spoken);
    }

    [Fact]
    public async Task Stream_ThatIsSpokenFor_WaitsForTheEndOfIt()
    {
        var sent = new TaskCompletionSource();
        using var watch = Watch(() => sent.Task);
        watch.Pause();
        _time.Advance(Period);

        var resumed = watch.ResumeAsync();
        Assert.False(resumed.IsCompleted);
        _time.Advance(Period);
        Assert.Equal(1, _spoken);

        sent.SetResult();
        await resumed;
    }

    [Fact]
    public async Task Client_ThatHasGone_IsForTheStreamToMeet()
    {
        using var watch = Watch(() => Task.FromException(new IOException("gone")));
        watch.Pause();
        _time.Advance(Period);

        await watch.ResumeAsync();

        Assert.Equal(1, _spoken);
    }

    [Fact]
    public void Stream_ThatEnded_IsSpokenForNoMore()
    {
        var watch = Watch(() => Task.CompletedTask);
        watch.Pause();
        watch.Dispose();

        _time.Advance(Period);

        Assert.Equal(0, _spoken);
    }

    private SilenceWatch Watch(Func<Task> sent) => new(Period, _time, () =>
    {
        _spoken++;
        return sent();
    });
}

using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

public sealed class RequestTimingTests
{
    [Fact]
    public async Task Overhead_OfNestedAndOverlappingWaits_CountsThemOnce()
    {
        var time = new ManualTime();
        var timing = RequestTiming.Begin(time);
        time.Advance(TimeSpan.FromMilliseconds(3));
        await Task.Yield();
        var outer = RequestTiming.Upstream();
        time.Advance(TimeSpan.FromMilliseconds(10));
        var inner = RequestTiming.Upstream();
        time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(TimeSpan.FromMilliseconds(3), timing.Overhead);
        outer.Dispose();
        time.Advance(TimeSpan.FromMilliseconds(10));
        inner.Dispose();
        time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(TimeSpan.FromMilliseconds(5), timing.Overhead);
    }
}

using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Mcp.Servers;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>A server that fails is left alone, and found again when it is back.</summary>
public sealed class UpstreamBreakerTests
{
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(1);

    [Fact]
    public void Failures_InARow_OpenIt_ForLongerEachTime()
    {
        var (breaker, now) = (new UpstreamBreaker(), Start);
        for (var i = 0; i < UpstreamBreaker.Most; i++)
        {
            Assert.True(breaker.TryEnter(now, out _));
            breaker.Failed(now);
        }

        foreach (var seconds in (int[])[5, 10, 20, 40, 60, 60])
        {
            Assert.False(breaker.TryEnter(now, out var wait));
            Assert.Equal(TimeSpan.FromSeconds(seconds), wait);
            now += wait;
            Assert.True(breaker.TryEnter(now, out _));
            // One tries; the others wait for its outcome.
            Assert.False(breaker.TryEnter(now, out _));
            breaker.Failed(now);
        }

        now += UpstreamBreaker.Longest;
        Assert.True(breaker.TryEnter(now, out _));
        breaker.Succeeded();
        for (var i = 0; i < 10; i++) Assert.True(breaker.TryEnter(now, out _));
    }

    [Fact]
    public void Trial_ThatSaysNothing_LeavesTheNextOneToTry()
    {
        var breaker = new UpstreamBreaker();
        for (var i = 0; i < UpstreamBreaker.Most; i++) breaker.Failed(Start);
        var later = Start + UpstreamBreaker.Longest;
        Assert.True(breaker.TryEnter(later, out _));
        breaker.Left();
        Assert.True(breaker.TryEnter(later, out _));
    }

    /// <summary>Whatever happens, nobody waits longer than the longest pause for the next try.</summary>
    [Fact]
    public void TryEnter_AfterTheLongestPause_LetsOneIn() =>
        Prop.ForAll(Gen.Choose(0, 3).ListOf().ToArbitrary(), steps =>
        {
            var (breaker, now) = (new UpstreamBreaker(), Start);
            foreach (var step in steps)
            {
                now += TimeSpan.FromSeconds(step * 7);
                if (!breaker.TryEnter(now, out var wait))
                {
                    Assert.InRange(wait, TimeSpan.FromTicks(1), UpstreamBreaker.Longest);
                    continue;
                }

                if (step == 0) breaker.Succeeded();
                else if (step == 1) breaker.Left();
                else breaker.Failed(now);
            }

            Assert.True(breaker.TryEnter(now + UpstreamBreaker.Longest, out _));
        }).QuickCheckThrowOnFailure();
}

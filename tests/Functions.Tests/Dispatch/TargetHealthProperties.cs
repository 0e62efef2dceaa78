using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>When a breaker opens, for how long, and who closes it.</summary>
public sealed class TargetHealthProperties
{
    private static readonly RouteModel Model = new("openai", "m");
    private static readonly SecretReference Mine = new("mine", "1"), Theirs = new("theirs", "1");
    private readonly ManualTime _time = new();
    private readonly TargetHealth _health;

    public TargetHealthProperties() => _health = new TargetHealth(_time);

    [Fact]
    public void Breaker_OfATargetThatGoesOnFailing_OpensAfterFiveAndPausesTwiceAsLongEachTimeUpToAMinute()
    {
        for (var i = 0; i < 4; i++) Fail();
        Assert.True(_health.IsAvailable(Model));
        Fail();
        foreach (var seconds in (int[])[5, 10, 20, 40, 60, 60, 60])
        {
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.False(_health.IsAvailable(Model), $"within {seconds} s");
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(_health.IsAvailable(Model), $"after {seconds} s");
            Fail();
        }

        // One that succeeds forgets all of it.
        _health.Succeeded(Model);
        for (var i = 0; i < 4; i++) Fail();
        Assert.True(_health.IsAvailable(Model));
        Fail();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_health.IsAvailable(Model));
    }

    [Fact]
    public void Breaker_WhoseTimeIsOver_LetsOneTryAtATime()
    {
        for (var i = 0; i < 5; i++) Fail();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, Enumerable.Range(0, 10).Count(_ => _health.IsAvailable(Model)));
        // Whoever tried and has told nothing does not stop the next for ever.
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, Enumerable.Range(0, 10).Count(_ => _health.IsAvailable(Model)));
        _health.Succeeded(Model);
        Assert.Equal(10, Enumerable.Range(0, 10).Count(_ => _health.IsAvailable(Model)));
    }

    /// <summary>A provider gets the patience that it asks for, up to a minute, and a second where it does not say; of the key that is used up, and of no other.</summary>
    [Fact]
    public void Patience_ThatAProviderAsksFor_IsTheKeysAlone() =>
        Prop.ForAll(Gen.Choose(1, 200).ToArbitrary(), Gen.Choose(0, 120).ToArbitrary(), (asked, passed) =>
        {
            var time = new ManualTime();
            var health = new TargetHealth(time);
            health.Failed(Model, Fault("upstream_rate_limited", TimeSpan.FromSeconds(asked)), Mine);
            // A shorter one, told later, does not shorten it.
            health.Failed(Model, Fault("upstream_rate_limited", TimeSpan.FromMilliseconds(1)), Mine);
            time.Advance(TimeSpan.FromSeconds(passed));
            return health.IsAvailable(Model, Theirs) && health.IsAvailable(Model) && health.IsAvailable(Model, Mine) == passed >= Math.Min(asked, 60);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("upstream_rate_limited", 1)]
    [InlineData("insufficient_quota", 60)]
    public void Patience_WithoutATimeSaid_IsOfItsKind(string code, int seconds)
    {
        _health.Failed(Model, Fault(code), Mine);
        _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.False(_health.IsAvailable(Model, Mine));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(_health.IsAvailable(Model, Mine));
        _health.Failed(Model, Fault(code), Mine);
        _health.Succeeded(Model, Mine);
        Assert.True(_health.IsAvailable(Model, Mine));
    }

    /// <summary>What is wrong with the request says nothing of whom it was sent to.</summary>
    [Fact]
    public void Failures_OfTheCallers_OpenNothing()
    {
        for (var i = 0; i < 10; i++) _health.Failed(Model, new GatewayException(400, new ErrorDetail("invalid_value", "x", "invalid_request_error")));
        Assert.True(_health.IsAvailable(Model));
    }

    [Fact]
    public void Probes_TwoWithoutAnAnswer_PutATargetLastUntilOneIsAnswered()
    {
        Assert.False(_health.Probed(Model, isThere: true));
        Assert.False(_health.Probed(Model, isThere: false));
        Assert.True(_health.IsAvailable(Model));
        Assert.True(_health.Probed(Model, isThere: false));
        Assert.False(_health.Probed(Model, isThere: false));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(_health.IsAvailable(Model));
        Assert.True(_health.Probed(Model, isThere: true));
        Assert.False(_health.Probed(Model, isThere: true));
        Assert.True(_health.IsAvailable(Model));

        // One that is there lets a call try what calls have found failing, before its time is over: one.
        for (var i = 0; i < 5; i++) Fail();
        Assert.False(_health.IsAvailable(Model));
        _health.Probed(Model, isThere: true);
        Assert.Equal([true, false], new[] { _health.IsAvailable(Model), _health.IsAvailable(Model) });
    }

    private void Fail() => _health.Failed(Model, Fault("upstream_error"));

    private static GatewayException Fault(string code, TimeSpan? retryAfter = null) => new(502, new ErrorDetail(code, "x", "upstream_error"), retryAfter);
}

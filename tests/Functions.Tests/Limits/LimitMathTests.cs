using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Configuration;
using Serverless.Functions.Limits;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Limits.Rules;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Tests.Limits;

public sealed class LimitMathTests
{
    [Fact]
    public void Windows_OfEveryPeriod_TileTheTime() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Elements(LimitPeriod.Minute, LimitPeriod.Hour, LimitPeriod.Day, LimitPeriod.Month).ToArbitrary(), (seconds, period) =>
        {
            var window = LimitWindow.Of(period, DateTimeOffset.FromUnixTimeSeconds(seconds));
            return window.Start <= seconds && seconds < window.End
                && LimitWindow.Of(period, DateTimeOffset.FromUnixTimeSeconds(window.End)).Start == window.End
                && LimitWindow.Of(period, DateTimeOffset.FromUnixTimeSeconds(window.End - 1)) == window;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cost_OfAnyUse_IsNeverMoreThanTheWorst() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).Three().ToArbitrary(), Gen.Choose(0, 100_000).Three().ToArbitrary(), (tokens, prices) =>
        {
            var price = new PriceEntry(null, null, "m", prices.Item1 / 1000m, prices.Item2 / 1000m, prices.Item3 / 1000m).ToPrice();
            return price.Cost(tokens.Item1, tokens.Item2, tokens.Item3) <= price.WorstCost(tokens.Item1, tokens.Item3);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cost_OfAMillionTokens_IsThePrice()
    {
        var price = new PriceEntry(null, null, "m", 2.5m, 1.25m, 10.000001m).ToPrice();
        Assert.Equal(2.5m, TokenPrice.ToUsd(price.Cost(1_000_000, 0, 0)));
        Assert.Equal(1.25m, TokenPrice.ToUsd(price.Cost(1_000_000, 1_000_000, 0)));
        Assert.Equal(10.000001m, TokenPrice.ToUsd(price.Cost(0, 0, 1_000_000)));
        Assert.Equal(long.MaxValue, new TokenPrice(long.MaxValue, 0, 0).Cost(long.MaxValue, 0, 0));
    }

    [Fact]
    public void StorageClock_OfAnyAnswers_HoldsTheTruth() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var truth = new SimulatedTime();
            var local = new SkewedTime(truth, TimeSpan.FromHours(random.Next(-9, 9)), random.Next(-100, 101));
            var clock = new StorageClock(local);
            Assert.False(clock.TryRead(out _));
            for (var i = 0; i < 50; i++)
            {
                var sent = local.GetTimestamp();
                truth.Advance(TimeSpan.FromMilliseconds(random.Next(80)));
                var date = new DateTimeOffset(truth.Now.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);
                truth.Advance(TimeSpan.FromMilliseconds(random.Next(80)));
                clock.Observe(date, sent);
                truth.Advance(TimeSpan.FromMilliseconds(random.Next(20_000)));
                Assert.True(clock.TryRead(out var reading));
                Assert.InRange(truth.Now, reading.Earliest, reading.Latest);
                Assert.True(reading.Latest - reading.Earliest < TimeSpan.FromSeconds(1.3));
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(50));

    [Fact]
    public void StorageClock_OfAMachineThatWasSuspended_IsUnknown()
    {
        var truth = new SimulatedTime();
        var stopped = new StoppableTime(truth);
        var clock = new StorageClock(stopped);
        clock.Observe(truth.Now, stopped.GetTimestamp());
        Assert.True(clock.TryRead(out _));
        stopped.Stop(TimeSpan.FromMinutes(1));
        Assert.False(clock.TryRead(out _));
    }

    [Fact]
    public void PromptBound_OfText_IsAtLeastItsBytesAndTheEstimate() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
            PromptBound.Of(new Generation { Prompt = text.Get }) >= TokenEstimate.Of(text.Get)
            && PromptBound.Of(new Generation { Messages = [new("user", text.Get)] }) >= System.Text.Encoding.UTF8.GetByteCount(text.Get) + PromptBound.PerMessage).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("Limits:RatesWithoutStorage", "maybe")]
    [InlineData("Limits:BudgetsWithoutStorage", "true")]
    [InlineData("Limits:OpenSeconds", "0")]
    [InlineData("Limits:StorageSeconds", "1")]
    [InlineData("Limits:DefaultMaxTokens", "0")]
    [InlineData("Usage:FlushSeconds", "61")]
    [InlineData("Usage:MaxPending", "99")]
    public void Options_OutOfRange_AreRefusedByName(string key, string value)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => LimitOptions.From(new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build()));
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.2, "1s")]
    [InlineData(59, "59s")]
    [InlineData(360, "6m0s")]
    [InlineData(90_061, "25h1m1s")]
    public void Reset_IsWrittenAsOpenAiDoes(double seconds, string expected) => Assert.Equal(expected, RequestLimits.Duration(TimeSpan.FromSeconds(seconds)));

    private sealed class StoppableTime(SimulatedTime truth) : TimeProvider
    {
        private TimeSpan _stopped;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Stop(TimeSpan time)
        {
            truth.Advance(time);
            _stopped += time;
        }

        public override long GetTimestamp() => (truth.Now - _stopped).Ticks;

        public override DateTimeOffset GetUtcNow() => truth.Now;
    }
}

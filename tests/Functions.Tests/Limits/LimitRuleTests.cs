using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Tests.Limits;

/// <summary>From what an operator writes to what is counted: the window, the unit, the amount, and of whom.</summary>
public sealed class LimitRuleTests
{
    [Fact]
    public void Windows_OfEveryPeriod_AreTheCalendarsInUtc() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Choose(-14, 14).ToArbitrary(), (seconds, offset) =>
        {
            var time = DateTimeOffset.FromUnixTimeSeconds(seconds);
            var month = new DateTimeOffset(time.Year, time.Month, 1, 0, 0, 0, TimeSpan.Zero);
            (LimitPeriod Period, DateTimeOffset Start, DateTimeOffset End)[] expected =
            [
                (LimitPeriod.Minute, time.AddSeconds(-time.Second), time.AddSeconds(60 - time.Second)),
                (LimitPeriod.Hour, time - new TimeSpan(0, time.Minute, time.Second), time - new TimeSpan(0, time.Minute, time.Second) + TimeSpan.FromHours(1)),
                (LimitPeriod.Day, time - time.TimeOfDay, time - time.TimeOfDay + TimeSpan.FromDays(1)),
                (LimitPeriod.Month, month, month.AddMonths(1)),
            ];
            // Whatever the offset that the time is told with.
            return expected.All(e => LimitWindow.Of(e.Period, time.ToOffset(TimeSpan.FromHours(offset))) == new LimitWindow(e.Start.ToUnixTimeSeconds(), e.End.ToUnixTimeSeconds()));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("calls", "1000000000000", "1000000000001")]
    [InlineData("tokens", "1000000000000000", "1000000000000001")]
    [InlineData("usd", "1000000", "1000000.000001")]
    [InlineData("concurrency", "1000000", "1000001")]
    public void Amount_AtItsBounds_IsTakenAndBeyondThemRefused(string unit, string most, string more)
    {
        var period = unit == "concurrency" ? "" : ",\"renewal_period\":\"day\"";
        foreach (var taken in (string[])["0", "1", most]) Assert.Single(Read($$"""{"limits":[{"{{unit}}":{{taken}}{{period}}}]}"""));
        foreach (var refused in (string[])["-1", more]) Assert.Equal($"limits[0].{unit}", Refused($$"""{"limits":[{"{{unit}}":{{refused}}{{period}}}]}"""));
    }

    [Theory]
    [InlineData(true, LimitReader.MaxOfRoute)]
    [InlineData(false, LimitReader.MaxOfClient)]
    public void Entries_AsManyAsMayBe_AreTakenAndOneMoreRefused(bool ofRoute, int most)
    {
        Assert.Equal((32, 512), (LimitReader.MaxOfRoute, LimitReader.MaxOfClient));
        // Of a route there are not as many kinds: what is too long is refused for its length, before it is looked at.
        if (!ofRoute) Assert.Equal(most, Read(Clients(most), ofRoute: false).Count);
        Assert.Equal("limits", Refused(Clients(most + 1), ofRoute));
        static string Clients(int count) => $$"""{"limits":[{{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"calls":1,"renewal_period":"day","route":"r{{i}}"}"""))}}]}""";
    }

    [Fact]
    public void Entry_OfEveryKind_IsARuleOfItsUnitPeriodAndAmount()
    {
        var entries = Read("""{"limits":[{"calls":1,"renewal_period":"minute"},{"tokens":2,"renewal_period":"hour"},{"usd":0.000003,"renewal_period":"month"},{"concurrency":4},{"tokens":5,"renewal_period":"day","shadow":true}]}""");
        Assert.Equal(["calls/minute=1", "tokens/hour=2", "usd/month=3000000", "concurrency=4", "shadow/tokens/day=5"], entries.Select(e => e.ToRule().ToString()));
        Assert.Equal([false, false, true, false, false], entries.Select(e => e.ToRule().IsBudget));
        Assert.Equal(
            [(LimitUnit.Calls, LimitPeriod.Minute), (LimitUnit.Tokens, LimitPeriod.Hour), (LimitUnit.Usd, LimitPeriod.Month), (LimitUnit.Concurrency, LimitPeriod.None), (LimitUnit.Tokens, LimitPeriod.Day)],
            entries.Select(e => (e.ToRule().Unit, e.ToRule().Period)));
        Assert.Equal([false, false, false, false, true], entries.Select(e => e.ToRule().Shadow));
    }

    [Fact]
    public void Amounts_OfEveryUnit_AreItsOwn()
    {
        var amounts = new Amounts(1, 2, 3, 4);
        Assert.Equal([1, 2, 3, 4], Enum.GetValues<LimitUnit>().Select(amounts.Of));
    }

    /// <summary>Each limit of a route or a client counts in one place: of all together, of each client, or of a client on one route.</summary>
    [Fact]
    public void Limits_OfASubject_CountEachInOnePlace()
    {
        var route = new SubjectLimits("route/chat", Read("""{"limits":[{"calls":1,"renewal_period":"day"},{"calls":2,"renewal_period":"day","key":"user"},{"usd":3,"renewal_period":"day","key":"user","shadow":true}]}""", ofRoute: true));
        Assert.Equal("route/chat", route.Own.Scope);
        Assert.Equal(["calls/day=1"], route.Own.Rules.Select(r => r.ToString()));
        Assert.Equal(["calls/day=2", "shadow/usd/day=3000000000000"], route.EachClient.Select(r => r.ToString()));
        Assert.Empty(route.On("chat"));

        var client = new SubjectLimits("client/a", Read("""{"limits":[{"tokens":1,"renewal_period":"day"},{"tokens":2,"renewal_period":"day","route":"chat"},{"calls":3,"renewal_period":"day","route":"other"}]}""", ofRoute: false));
        Assert.Equal(["tokens/day=1"], client.Own.Rules.Select(r => r.ToString()));
        Assert.Empty(client.EachClient);
        Assert.Equal(["tokens/day=2"], client.On("chat").Select(r => r.ToString()));
        Assert.Equal(["calls/day=3"], client.On("other").Select(r => r.ToString()));
        Assert.Empty(client.On("Chat"));
    }

    /// <summary>Whether a price has to be known, and what a call may take of tokens.</summary>
    [Theory]
    [InlineData(LimitUnit.Calls, false, false, false)]
    [InlineData(LimitUnit.Tokens, false, false, true)]
    [InlineData(LimitUnit.Usd, false, true, true)]
    [InlineData(LimitUnit.Usd, true, false, true)]
    public void Scope_OfARule_AsksForWhatItCounts(LimitUnit unit, bool shadow, bool isBudgeted, bool countsTokens)
    {
        var scope = new ScopeRules("route/chat", [new LimitRule(LimitUnit.Concurrency, LimitPeriod.None, 1), new LimitRule(unit, LimitPeriod.Day, 1, shadow)]);
        Assert.Equal((isBudgeted, countsTokens), (scope.IsBudgeted, scope.CountsTokens));
    }

    private static IReadOnlyList<LimitEntry> Read(string json, bool ofRoute = false) => LimitReader.Read(JsonDocument.Parse(json).RootElement, ofRoute);

    private static string? Refused(string json, bool ofRoute = false) => Assert.Throws<GatewayException>(() => Read(json, ofRoute)).Error.Param;
}

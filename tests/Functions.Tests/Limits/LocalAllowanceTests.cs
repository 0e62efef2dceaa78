using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Tests.Limits;

/// <summary>What becomes of a lease when an operator changes the limit that it is of: less may be admitted by that, and never more.</summary>
public sealed class LocalAllowanceTests
{
    private readonly LocalAllowance _local = new(TimeProvider.System);

    [Theory]
    [InlineData(100, 40, 30, 80, 0, 20)]
    [InlineData(100, 40, 30, 50, 0, 0)]
    [InlineData(100, 40, -5, 50, -5, 0)]
    [InlineData(100, 200, 30, 50, 30, 150)]
    [InlineData(100, 100, 30, 50, 30, 50)]
    public void Use_OfAChangedAmount_KeepsNoLeaseOfALargerLimit(long amount, long changed, long balance, long remaining, long balanceThen, long remainingThen)
    {
        _local.Use([Calls(amount), Tokens]);
        var (counter, other) = (_local.Counters[0], _local.Counters[1]);
        (counter.Balance, counter.RemainingSeen, other.Balance, other.RemainingSeen) = (balance, remaining, 7, 8);
        _local.Use([Calls(changed), Tokens]);
        Assert.Same(counter, _local.Counters[0]);
        Assert.Equal((balanceThen, remainingThen, changed), (counter.Balance, counter.RemainingSeen, counter.Rule.Amount));
        Assert.Equal((7L, 8L), (other.Balance, other.RemainingSeen));
    }

    /// <summary>Places are counted anew with every write: those that are here stay.</summary>
    [Fact]
    public void Use_OfFewerPlaces_KeepsThoseThatAreHere()
    {
        _local.Use([new LimitRule(LimitUnit.Concurrency, LimitPeriod.None, 10)]);
        _local.Counters[0].Balance = 3;
        _local.Use([new LimitRule(LimitUnit.Concurrency, LimitPeriod.None, 5)]);
        Assert.Equal((3L, 5L), (_local.Counters[0].Balance, _local.Counters[0].Rule.Amount));
    }

    [Fact]
    public void Use_WithoutARuleThatWasThere_GivesItsLeaseUp()
    {
        _local.Use([Calls(100), Tokens]);
        foreach (var counter in _local.Counters) counter.Balance = 9;
        _local.Use([Tokens]);
        Assert.Equal("tokens/day", Assert.Single(_local.Counters).Rule.Key);
        _local.Use([Tokens, Calls(100)]);
        Assert.Equal([9, 0], _local.Counters.Select(counter => counter.Balance));
    }

    private static LimitRule Tokens { get; } = new(LimitUnit.Tokens, LimitPeriod.Day, 1000);

    private static LimitRule Calls(long amount) => new(LimitUnit.Calls, LimitPeriod.Day, amount);
}

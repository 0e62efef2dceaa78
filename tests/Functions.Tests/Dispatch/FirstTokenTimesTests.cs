using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Tests.Dispatch;

public sealed class FirstTokenTimesTests
{
    private static readonly RouteModel Model = new("p", "m");

    [Fact]
    public void Percentile_OfFewOrOfAnother_IsUnknown()
    {
        var times = new FirstTokenTimes();
        for (var i = 1; i < FirstTokenTimes.Least; i++) times.Add(Model, TimeSpan.FromMilliseconds(i));
        Assert.Null(times.Percentile(Model, 50));
        times.Add(Model, TimeSpan.FromMilliseconds(20));
        Assert.Equal(TimeSpan.FromMilliseconds(10), times.Percentile(Model, 50));
        Assert.Null(times.Percentile(Model with { ApiBase = "http://elsewhere" }, 50));
    }

    /// <summary>By nearest rank: of 1 to 100, the 95th is 95.</summary>
    [Fact]
    public void Percentile_OfAHundred_IsTheNearestRank()
    {
        var times = new FirstTokenTimes();
        foreach (var i in Enumerable.Range(1, 100).Reverse()) times.Add(Model, TimeSpan.FromMilliseconds(i));
        Assert.Equal([1, 50, 95, 99, 100], new[] { 1, 50, 95, 99, 100 }.Select(p => (int)times.Percentile(Model, p)!.Value.TotalMilliseconds));
    }

    /// <summary>Only the last 128 count, however many came before.</summary>
    [Fact]
    public void Percentile_AfterMany_IsOfTheLast()
    {
        var times = new FirstTokenTimes();
        for (var i = 0; i < 1000; i++) times.Add(Model, TimeSpan.FromSeconds(1));
        for (var i = 0; i < 128; i++) times.Add(Model, TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, times.Percentile(Model, 99)!.Value.TotalMilliseconds);
    }
}

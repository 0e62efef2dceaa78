using System.Globalization;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Tests.Providers;

/// <summary>How long a service asks to be left alone, whatever its clock says or ours.</summary>
public sealed class RetryAfterHeaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("30", 0, 30)]
    [InlineData("0", 0, null)]
    [InlineData("2147483647", 0, null)]
    [InlineData("soon", 0, null)]
    // A date, by a service whose clock is right, an hour behind this machine's, and an hour ahead.
    [InlineData("+30", 0, 30)]
    [InlineData("+30", -3600, 30)]
    [InlineData("+30", 3600, 30)]
    [InlineData("-30", 3600, null)]
    [InlineData("+1000001", 0, null)]
    public void Read_OfSecondsAndDates_IsTheServicesWait(string told, int ahead, int? seconds)
    {
        using var response = new HttpResponseMessage();
        var its = Now.AddSeconds(ahead);
        response.Headers.Date = its;
        response.Headers.TryAddWithoutValidation("Retry-After", told[0] is '+' or '-' ? its.AddSeconds(int.Parse(told, CultureInfo.InvariantCulture)).ToString("R", CultureInfo.InvariantCulture) : told);
        Assert.Equal(seconds is { } wait ? TimeSpan.FromSeconds(wait) : null, RetryAfterHeader.Read(response, Now));
    }

    [Fact]
    public void Read_OfADateInAnAnswerWithout_IsByThisMachinesClock()
    {
        using var response = new HttpResponseMessage();
        Assert.Null(RetryAfterHeader.Read(response, Now));
        response.Headers.RetryAfter = new(Now.AddSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(30), RetryAfterHeader.Read(response, Now));
        Assert.Null(RetryAfterHeader.Read(response, Now.AddHours(1)));
        response.Headers.RetryAfter = new(DateTimeOffset.MaxValue);
        Assert.Null(RetryAfterHeader.Read(response, Now));
    }
}

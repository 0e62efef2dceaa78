using Microsoft.AspNetCore.Http;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

public sealed class RetryAdviceTests
{
    /// <summary>SDKs sleep as long as they are told, so nothing is told that outlasts a minute; those that ask are told not to try again.</summary>
    [Theory]
    [InlineData(429, 0.2, "1", "")]
    [InlineData(429, 59.1, "60", "")]
    [InlineData(429, 60.0, "60", "")]
    [InlineData(429, 60.5, "", "false")]
    [InlineData(429, 2_592_000.0, "", "false")]
    [InlineData(429, null, "", "false")]
    [InlineData(503, 1.0, "1", "")]
    [InlineData(503, 3600.0, "", "")]
    [InlineData(400, null, "", "")]
    [InlineData(500, null, "", "")]
    public void Write_TellsOfNoWaitThatOutlastsAMinute(int status, double? seconds, string retryAfter, string shouldRetry)
    {
        var headers = new DefaultHttpContext().Response.Headers;
        RetryAdvice.Write(headers, status, seconds is { } wait ? TimeSpan.FromSeconds(wait) : null);
        Assert.Equal((retryAfter, shouldRetry), (headers.RetryAfter.ToString(), headers["x-should-retry"].ToString()));
    }
}

using Microsoft.AspNetCore.Http;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

public sealed class RetryAdviceTests
{
    private const string Python = "OpenAI/Python 2.8.0";
    private const string DotNet = "OpenAI/2.14.0 (.NET 10.0.0; Debian GNU/Linux 12)";
    private const string Azure = "azsdk-net-AI.OpenAI/2.9.0-beta.1";

    /// <summary>Some SDKs sleep as long as they are told, so nothing is told to them that outlasts a minute; those that ask are told not to try again.</summary>
    [Theory]
    [InlineData("", 429, 0.2, "1", "")]
    [InlineData(DotNet, 429, 0.2, "1", "")]
    [InlineData(DotNet, 429, 60.0, "60", "")]
    [InlineData(Python, 429, 59.1, "60", "")]
    [InlineData(Python, 429, 60.5, "61", "false")]
    [InlineData("", 429, 2_592_000.0, "2592000", "false")]
    [InlineData(DotNet, 429, 60.5, "", "false")]
    [InlineData(DotNet, 429, 2_592_000.0, "", "false")]
    [InlineData(Azure, 429, 2_592_000.0, "", "false")]
    [InlineData(Python, 429, null, "", "false")]
    [InlineData(Python, 503, 1.0, "1", "")]
    [InlineData(DotNet, 503, 3600.0, "", "")]
    [InlineData("", 400, null, "", "")]
    [InlineData("", 500, null, "", "")]
    public void Write_OfALongWait_TellsItToNobodyWhoWouldSleepThatLong(string userAgent, int status, double? seconds, string retryAfter, string shouldRetry)
    {
        var asked = new DefaultHttpContext().Request.Headers;
        asked.UserAgent = userAgent;
        var headers = new DefaultHttpContext().Response.Headers;
        RetryAdvice.Write(asked, headers, status, seconds is { } wait ? TimeSpan.FromSeconds(wait) : null);
        Assert.Equal((retryAfter, shouldRetry), (headers.RetryAfter.ToString(), headers["x-should-retry"].ToString()));
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Hosting;

/// <summary>
/// What a refusal tells its client about trying again. SDKs sleep as long as <c>Retry-After</c> says, unasked and without an end (OpenAI's for .NET and Node):
/// a budget of a month would hold their callers until it is over. So a longer wait is told by the message and <c>x-ratelimit-reset-*</c> alone.
/// </summary>
internal static class RetryAdvice
{
    /// <summary>What the SDKs of OpenAI's and Anthropic's go by before anything else.</summary>
    public const string ShouldRetryHeader = "x-should-retry";

    /// <summary>The window of the shortest limits: what is refused by one of them is worth waiting for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>Writes <c>Retry-After</c>, in whole seconds from 1 to 60, or that a 429 is not worth another try.</summary>
    /// <param name="wait">Null where waiting mends nothing.</param>
    public static void Write(IHeaderDictionary headers, int status, TimeSpan? wait)
    {
        if (wait <= LongestWait) headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.Value.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        else if (status == StatusCodes.Status429TooManyRequests) headers[ShouldRetryHeader] = "false";
    }
}

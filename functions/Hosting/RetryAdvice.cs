using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Hosting;

/// <summary>
/// What a refusal tells its client about trying again: <c>Retry-After</c> (RFC 9110, 10.2.3), and <c>x-should-retry: false</c>, which OpenAI's and Anthropic's SDKs go by before anything
/// else, where the wait is longer than a request should be. Some SDKs know the first alone and sleep as long as it says, unasked and without an end: a budget of a month would hold their
/// callers until it is over. To those a long wait is told by the message and <c>x-ratelimit-reset-*</c> only.
/// </summary>
internal static class RetryAdvice
{
    public const string ShouldRetryHeader = "x-should-retry";

    /// <summary>The window of the shortest limits: what is refused by one of them is worth waiting for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>How those SDKs call themselves: OpenAI's for .NET (System.ClientModel's retries), and what stands on Azure.Core.</summary>
    private static readonly string[] Sleepers = [".NET", "azsdk-"];

    /// <summary>Writes <c>Retry-After</c> in whole seconds, 1 or more, and that a 429 is not worth another try.</summary>
    /// <param name="wait">Null where waiting mends nothing.</param>
    public static void Write(IHeaderDictionary asked, IHeaderDictionary answered, int status, TimeSpan? wait)
    {
        var isShort = wait <= LongestWait;
        if (wait is { } told && (isShort || !Sleeps(asked.UserAgent.ToString()))) answered.RetryAfter = Math.Max(1, (int)Math.Ceiling(told.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (!isShort && status == StatusCodes.Status429TooManyRequests) answered[ShouldRetryHeader] = "false";
    }

    private static bool Sleeps(string userAgent) => Array.Exists(Sleepers, s => userAgent.Contains(s, StringComparison.OrdinalIgnoreCase));
}

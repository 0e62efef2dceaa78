using Microsoft.Extensions.Configuration;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Caching;

/// <summary>The response cache's settings.</summary>
/// <param name="MaxBytes"><c>Cache:MaxMegabytes</c>, 1..4,096: of all answers together, in each instance's memory. Default 64.</param>
public sealed record CacheOptions(long MaxBytes = 64L << 20)
{
    /// <summary>A longer answer is not kept.</summary>
    public const int MaxAnswerBytes = 256 * 1024;

    /// <exception cref="InvalidOperationException">The setting is out of its range.</exception>
    public static CacheOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new CacheOptions((long)configuration.WholeNumber("Cache:MaxMegabytes", 1, 4096, 64) << 20);
    }
}

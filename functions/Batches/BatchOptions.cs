using Microsoft.Extensions.Configuration;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches;

/// <summary>Settings of batches and their files.</summary>
/// <param name="MaxFileBytes"><c>Batches:MaxFileMegabytes</c>, 1..256: of a file, or of a message batch's body. Default 90, which fits a form of 100 MB.</param>
/// <param name="MaxRequests"><c>Batches:MaxRequests</c>, 1..100,000: of a batch. Default 50,000.</param>
/// <param name="MaxActive"><c>Batches:MaxActive</c>, 1..1,000: of a client, under way at a time. Default 20.</param>
/// <param name="Concurrency"><c>Batches:Concurrency</c>, 1..256: requests of one batch that are under way at a time. Default 16.</param>
/// <param name="Retention"><c>Batches:RetentionDays</c>, 1..365: how long files and batches are kept that say nothing else. Default 30.</param>
/// <param name="MaxRequestBytes"><c>Gateway:MaxBodyMegabytes</c>: of one request, as when it comes by itself.</param>
public sealed record BatchOptions(long MaxFileBytes, int MaxRequests, int MaxActive, int Concurrency, TimeSpan Retention, int MaxRequestBytes)
{
    /// <exception cref="InvalidOperationException">A setting is out of its range; the message names it.</exception>
    public static BatchOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new BatchOptions(
            (long)configuration.WholeNumber("Batches:MaxFileMegabytes", 1, 256, 90) << 20,
            configuration.WholeNumber("Batches:MaxRequests", 1, 100_000, 50_000),
            configuration.WholeNumber("Batches:MaxActive", 1, 1000, 20),
            configuration.WholeNumber("Batches:Concurrency", 1, 256, 16),
            TimeSpan.FromDays(configuration.WholeNumber("Batches:RetentionDays", 1, 365, 30)),
            GatewayOptions.From(configuration).MaxBodyMegabytes << 20);
    }
}

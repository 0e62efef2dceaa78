using Azure.Core;
using Azure.Core.Pipeline;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Retries of Azure's services, as their clients have them by default but for one thing: those sleep as long as a <c>Retry-After</c> says, each time, so that a
/// question of somebody would outlast whoever asked it. A long one is given to the caller, who may say it on; orchestrations and queues have retries of their own.
/// </summary>
internal sealed class BoundedRetryPolicy(int retries) : RetryPolicy(retries, DelayStrategy.CreateExponentialDelayStrategy())
{
    /// <summary>What a service may ask to wait between two tries.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    protected override bool ShouldRetry(HttpMessage message, Exception? exception) => IsWorthIt(message) && base.ShouldRetry(message, exception);

    protected override ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) => IsWorthIt(message) ? base.ShouldRetryAsync(message, exception) : new(false);

    private static bool IsWorthIt(HttpMessage message) => !(message.HasResponse && ServiceFailure.RetryAfterOf(message.Response) > LongestWait);
}

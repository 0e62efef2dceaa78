using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Calls a provider within time limits, and again after a failure that may pass: with back-off and jitter, honouring Retry-After, at
/// most so often and so long as the settings say. A service that is starting anew is waited for. A stream counts as answered with its
/// first event; after that nothing is repeated.
/// </summary>
public sealed partial class UpstreamCalls(GatewayOptions options, RetryBudget shared, TimeProvider time, ILogger<UpstreamCalls> logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRestartDelay = TimeSpan.FromSeconds(1);

    /// <param name="call">One attempt; it gets a token that is cancelled when its time is up.</param>
    /// <param name="onRefusedKey">Called once, after the provider has refused the credential; true when it is worth another attempt.</param>
    /// <exception cref="GatewayException">The last failure.</exception>
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, Func<bool> onRefusedKey, UpstreamLimits limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return RepeatAsync(stop => AttemptAsync(call, limits.First, stop), onRefusedKey, limits, cancellationToken);
    }

    /// <summary>Starts a stream and waits for its first event. The caller disposes what it gets.</summary>
    public Task<UpstreamStream> OpenAsync(Func<CancellationToken, Task<IAsyncEnumerable<AnswerEvent>>> call, Func<bool> onRefusedKey, UpstreamLimits limits, CancellationToken cancellationToken) =>
        RepeatAsync(
            async _ =>
            {
                var stream = new UpstreamStream(limits, time, cancellationToken);
                try
                {
                    await stream.StartAsync(call).ConfigureAwait(false);
                    return stream;
                }
                catch
                {
                    await stream.DisposeAsync().ConfigureAwait(false);
                    throw;
                }
            },
            onRefusedKey,
            limits,
            cancellationToken);

    /// <summary>As <see cref="OpenAsync"/>, as often as the time for retries allows: half an answer is worth the wait for a service that starts anew.</summary>
    public Task<UpstreamStream> ReopenAsync(Func<CancellationToken, Task<IAsyncEnumerable<AnswerEvent>>> call, Func<bool> onRefusedKey, UpstreamLimits limits, CancellationToken cancellationToken) =>
        OpenAsync(call, onRefusedKey, limits with { Attempts = int.MaxValue }, cancellationToken);

    private async Task<T> RepeatAsync<T>(Func<CancellationToken, Task<T>> attemptAsync, Func<bool> onRefusedKey, UpstreamLimits limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onRefusedKey);
        shared.Earn();
        UpstreamHttp.ConnectWithin.Value = limits.Connect;
        var budget = options.RetryBudget;
        var patience = limits.Restart;
        var mayRefresh = true;
        for (var attempt = 1; ; attempt++)
        {
            UpstreamException failure;
            using (RequestTiming.Upstream())
            {
                try
                {
                    return await attemptAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (UpstreamException exception)
                {
                    failure = exception;
                }
            }

            if (UpstreamErrors.IsAuthentication(failure) && mayRefresh)
            {
                mayRefresh = false;
                if (onRefusedKey()) continue;
            }

            if (!UpstreamErrors.IsWorthRetrying(failure)) throw UpstreamErrors.ToGateway(failure);
            var delay = failure.RetryAfter ?? (FirstDelay * Math.Pow(2, Math.Min(attempt - 1, 10)) * (0.5 + Random.Shared.NextDouble()));
            if (UpstreamErrors.IsRestarting(failure) && patience > TimeSpan.Zero)
            {
                // Who waits for a restart adds no load worth counting, and finds the service soon after it is back.
                if (delay > LongestRestartDelay) delay = LongestRestartDelay;
                patience -= delay;
            }
            else
            {
                if (attempt >= limits.Attempts || delay > budget || !shared.TrySpend()) throw UpstreamErrors.ToGateway(failure);
                budget -= delay;
            }

            LogRetry(logger, attempt, failure.Failure, failure.Status, delay.TotalMilliseconds);
            using (RequestTiming.Upstream()) await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<T> AttemptAsync<T>(Func<CancellationToken, Task<T>> call, TimeSpan most, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(most, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await call(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailure.Timeout);
        }
    }

    [LoggerMessage(1201, LogLevel.Warning, "Attempt {Attempt} failed ({Failure}, status {Status}); again in {DelayMs} ms.")]
    private static partial void LogRetry(ILogger logger, int attempt, UpstreamFailure failure, int status, double delayMs);
}

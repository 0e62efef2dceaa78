using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Calls a provider within time limits, and again after a failure that may pass: with back-off and jitter, honouring Retry-After, at
/// most so often and so long as the settings say. A stream counts as answered with its first event; after that nothing is repeated.
/// </summary>
public sealed partial class UpstreamCalls(GatewayOptions options, TimeProvider time, ILogger<UpstreamCalls> logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);

    /// <param name="call">One attempt; it gets a token that is cancelled when its time is up.</param>
    /// <param name="onRefusedKey">Called once, after the provider has refused the credential; true when it is worth another attempt.</param>
    /// <exception cref="GatewayException">The last failure.</exception>
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, Func<bool> onRefusedKey, CancellationToken cancellationToken) =>
        RunAsync(call, onRefusedKey, options.MaxAttempts, cancellationToken);

    /// <summary>Starts a stream and waits for its first event. The caller disposes what it gets.</summary>
    public Task<UpstreamStream> OpenAsync(Func<CancellationToken, Task<IAsyncEnumerable<AnswerEvent>>> call, Func<bool> onRefusedKey, CancellationToken cancellationToken) =>
        OpenAsync(call, onRefusedKey, options.MaxAttempts, cancellationToken);

    /// <summary>As <see cref="OpenAsync(Func{CancellationToken, Task{IAsyncEnumerable{AnswerEvent}}}, Func{bool}, CancellationToken)"/>, as often as the time for retries allows: half an answer is worth the wait for a service that starts anew.</summary>
    public Task<UpstreamStream> ReopenAsync(Func<CancellationToken, Task<IAsyncEnumerable<AnswerEvent>>> call, Func<bool> onRefusedKey, CancellationToken cancellationToken) =>
        OpenAsync(call, onRefusedKey, int.MaxValue, cancellationToken);

    private async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, Func<bool> onRefusedKey, int maxAttempts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(onRefusedKey);
        var budget = options.RetryBudget;
        var mayRefresh = true;
        for (var attempt = 1; ; attempt++)
        {
            UpstreamException failure;
            using (RequestTiming.Upstream())
            {
                try
                {
                    return await AttemptAsync(call, cancellationToken).ConfigureAwait(false);
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

            if (!UpstreamErrors.IsWorthRetrying(failure) || attempt >= maxAttempts) throw UpstreamErrors.ToGateway(failure);
            var delay = failure.RetryAfter ?? (FirstDelay * Math.Pow(2, attempt - 1) * (0.5 + Random.Shared.NextDouble()));
            if (delay > budget) throw UpstreamErrors.ToGateway(failure);
            budget -= delay;
            LogRetry(logger, attempt, failure.Failure, failure.Status, delay.TotalMilliseconds);
            using (RequestTiming.Upstream()) await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<UpstreamStream> OpenAsync(Func<CancellationToken, Task<IAsyncEnumerable<AnswerEvent>>> call, Func<bool> onRefusedKey, int maxAttempts, CancellationToken cancellationToken) =>
        RunAsync(
            async _ =>
            {
                var stream = new UpstreamStream(options, time, cancellationToken);
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
            maxAttempts,
            cancellationToken);

    private async Task<T> AttemptAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.UpstreamTimeout, time);
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

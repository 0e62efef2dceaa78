using Serverless.Functions.Batches.Input;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Running;

/// <summary>Asks one request of a batch the way every caller does.</summary>
public sealed class RequestAsking(WholeAnswers answers, TimeProvider time)
{
    private const int MaxAttempts = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>The longest that a batch lets pass before it looks again, so that one that is cancelled ends soon.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <param name="caller">Null: the client is gone.</param>
    /// <returns>The line of a result, and whether it is an error; or when to ask again, where a limit has been reached.</returns>
    internal async Task<(bool IsError, ReadOnlyMemory<byte> Line, TimeSpan? Wait)> RunAsync(Batch batch, BatchRequest request, Caller? caller, CancellationToken cancellationToken)
    {
        if (caller is null) return (true, batch.Results.Unasked(request.CustomId, UnaskedReason.ClientGone), null);
        for (var (attempt, pause) = (1, FirstPause); ; attempt++, pause *= 4)
        {
            try
            {
                var answer = await answers.AskAsync(batch.Endpoint, request.Body, caller, batch.Betas, cancellationToken);
                return (false, batch.Results.Answered(request.CustomId, answer.Status, answer.ToBytes()), null);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                var (status, error, retryAfter) = HttpMiddleware.Describe(exception);
                if (status is 429 or 503)
                {
                    // A batch does not outrun its client's limits: it waits, as long as it has time.
                    var wait = retryAfter ?? (status == 503 ? FirstPause : null);
                    if (wait is { } known) return (true, default, known < LongestWait ? known : LongestWait);
                }

                if (status < 500 || attempt == MaxAttempts) return (true, batch.Results.Refused(request.CustomId, status, error), null);
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }
}

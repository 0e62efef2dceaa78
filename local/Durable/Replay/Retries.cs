using Microsoft.DurableTask;

namespace Serverless.Local.Durable.Replay;

/// <summary>Makes attempts at a task as its options say; the waits between them are durable timers.</summary>
internal static class Retries
{
    public static Task<T> RunAsync<T>(LocalOrchestrationContext context, TaskRetryOptions? retry, Func<Task<T>> attempt) => retry switch
    {
        { Policy: { } policy } => WithPolicyAsync(context, policy, attempt),
        { Handler: { } handler } => WithHandlerAsync(context, handler, attempt),
        _ => attempt(),
    };

    private static async Task<T> WithPolicyAsync<T>(LocalOrchestrationContext context, RetryPolicy policy, Func<Task<T>> attempt)
    {
        var began = context.CurrentUtcDateTime;
        for (var number = 1; ; number++)
        {
            TimeSpan delay;
            try
            {
                return await attempt();
            }
            catch (TaskFailedException e) when (!context.IsFinal(e))
            {
                if (!policy.ShouldRetry(e.FailureDetails)) throw;
                if (RetrySchedule.DelayAfter(policy, number, context.CurrentUtcDateTime - began) is not { } wait) throw;
                delay = wait;
            }

            await context.CreateRetryTimer(delay);
        }
    }

    private static async Task<T> WithHandlerAsync<T>(LocalOrchestrationContext context, AsyncRetryHandler handler, Func<Task<T>> attempt)
    {
        var began = context.CurrentUtcDateTime;
        for (var number = 1; ; number++)
        {
            try
            {
                return await attempt();
            }
            catch (TaskFailedException e) when (!context.IsFinal(e))
            {
                var failure = new RetryContext(context, number, e.FailureDetails, context.CurrentUtcDateTime - began, CancellationToken.None);
                if (!await handler(failure)) throw;
            }
        }
    }
}

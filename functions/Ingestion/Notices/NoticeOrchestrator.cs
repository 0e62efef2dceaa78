using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Tells one notice, by each way there is, again and again until it is taken or a day is over.</summary>
public static class NoticeOrchestrator
{
    public const string Name = "Notice";

    /// <summary>How the id of a notice's orchestration begins.</summary>
    internal const string IdPrefix = "notice-";

    // 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, 5.7 h, 6 h, 6 h.
    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 10, firstRetryInterval: TimeSpan.FromSeconds(5), backoffCoefficient: 4, maxRetryInterval: TimeSpan.FromHours(6)));

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var notice = context.GetInput<Notice>()!;
        foreach (var way in (string[])[NoticeActivities.Webhook, NoticeActivities.Event])
        {
            try
            {
                await context.CallActivityAsync<bool>(way, notice, Retry);
            }
            catch (TaskFailedException)
            {
                // Each attempt has been logged. Who could not be told asks for the list.
            }
        }
    }
}

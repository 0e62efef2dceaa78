using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Serverless.Functions.Ingestion.Collections;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>Waits until a collection has nothing left to do, and says so once. One for a collection at a time.</summary>
public static class IdleOrchestrator
{
    public const string Name = "CollectionIdle";

    /// <summary>Raised when another document has ended while it waits.</summary>
    public const string MoreEvent = "more";

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(1)));

    public static string InstanceId(string collection) => CollectionInstance.Id("idle", collection);

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var work = context.GetInput<IdleWork>()!;
        var more = context.WaitForExternalEvent<string>(MoreEvent);
        await context.CreateTimer(context.CurrentUtcDateTime + TimeSpan.FromSeconds(work.Seconds), CancellationToken.None);
        try
        {
            var told = await context.CallActivityAsync<DateTimeOffset?>(NoticeActivities.Idle, work, Retry);
            if (told is null)
                context.ContinueAsNew(work with { Seconds = Math.Min(work.Seconds * 2, (int)Longest.TotalSeconds) }, preserveUnprocessedEvents: false);
            // A document that ended between the look and this orchestration's own end is looked at again.
            else if (more.IsCompleted && told != work.ToldAt)
                context.ContinueAsNew(new IdleWork(work.Collection, ToldAt: told), preserveUnprocessedEvents: false);
        }
        catch (TaskFailedException)
        {
            // The next document that ends begins another.
        }
    }
}

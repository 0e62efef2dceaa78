using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Serverless.Functions.Ingestion.Batches;

/// <summary>
/// Takes up documents that came together: an orchestration of its own costs a small document more requests to storage than its content. What is left of them when each has had its
/// turn goes on in <see cref="DocumentOrchestrator"/>, one by one: large ones, and those that failed in a way that may pass.
/// </summary>
public static class DocumentBatchOrchestrator
{
    public const string Name = "DocumentBatch";

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var batch = context.GetInput<DocumentBatch>()!;
        DocumentWork[] left;
        try
        {
            left = await context.CallActivityAsync<DocumentWork[]>(BatchActivities.Together, batch);
        }
        catch (TaskFailedException)
        {
            // Whichever of them it was that ended the worker: from here on it harms nobody but itself.
            left = [.. batch.Documents.Select(document => new DocumentWork(document))];
        }

        if (left.Length > 0) await context.CallActivityAsync<int>(BatchActivities.Apart, left, DocumentOrchestrator.LastRetry);
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.FunctionsHost.TestApp;

/// <summary>One orchestration for each promise of the engine, and the client's calls over HTTP.</summary>
public sealed class DurableFunctions
{
    [Function("Chain")]
    public static async Task<string> ChainAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var text = context.GetInput<string>() ?? string.Empty;

        // An activity whose worker dies fails, here as in Azure: who wants it done again says so.
        var again = TaskOptions.FromRetryPolicy(new RetryPolicy(maxNumberOfAttempts: 5, firstRetryInterval: TimeSpan.FromMilliseconds(100)));
        for (var i = 0; i < 5; i++) text = await context.CallActivityAsync<string>("Append", new Step(context.InstanceId, text, i), again);
        return text;
    }

    [Function("Retry")]
    public static async Task<string> RetryAsync([OrchestrationTrigger] TaskOrchestrationContext context) => await context.CallActivityAsync<string>(
        "FailTwice", context.InstanceId, TaskOptions.FromRetryPolicy(new RetryPolicy(maxNumberOfAttempts: 4, firstRetryInterval: TimeSpan.FromMilliseconds(100))));

    [Function("Fail")]
    public static async Task<string> FailAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.CallActivityAsync<string>("FailAlways", context.InstanceId);
        }
        catch (TaskFailedException failure)
        {
            return $"{failure.FailureDetails.ErrorType}: {failure.FailureDetails.ErrorMessage}";
        }
    }

    [Function("Timer")]
    public static async Task<bool> TimerAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var since = context.CurrentUtcDateTime;
        await context.CreateTimer(since.AddSeconds(2), CancellationToken.None);

        // Storage queues delay a message by whole seconds.
        return context.CurrentUtcDateTime - since >= TimeSpan.FromSeconds(1);
    }

    [Function("Event")]
    public static async Task<string> EventAsync([OrchestrationTrigger] TaskOrchestrationContext context) => await context.WaitForExternalEvent<string>("go");

    [Function("Again")]
    public static int Again([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var count = context.GetInput<int>();
        if (count < 5) context.ContinueAsNew(count + 1);
        return count;
    }

    [Function("Parent")]
    public static async Task<string> ParentAsync([OrchestrationTrigger] TaskOrchestrationContext context) => await context.CallSubOrchestratorAsync<string>("Chain", "child:");

    [Function("Append")]
    public static string Append([ActivityTrigger] Step step)
    {
        Record.Write($"steps-{step.Instance}", $"{step.Index}");
        return step.Text + step.Index;
    }

    [Function("FailTwice")]
    public static string FailTwice([ActivityTrigger] string instance)
    {
        Record.Write($"tries-{instance}", "try");
        var tries = Record.Count($"tries-{instance}");
        return tries > 2 ? $"after {tries}" : throw new InvalidOperationException("on purpose");
    }

    [Function("FailAlways")]
    public static string FailAlways([ActivityTrigger] string instance) => throw new ArgumentException($"never {instance}");

    [Function("DurableStart")]
    public async Task<IActionResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "durable/{name}/{id}")] HttpRequest request, [DurableClient] DurableTaskClient client, string name, string id)
    {
        await client.ScheduleNewOrchestrationInstanceAsync(name, name == "Again" ? 0 : "start:", new StartOrchestrationOptions(id));
        return new AcceptedResult();
    }

    [Function("DurableStatus")]
    public async Task<IActionResult> StatusAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "durable/{id}")] HttpRequest request, [DurableClient] DurableTaskClient client, string id) =>
        await client.GetInstanceAsync(id, getInputsAndOutputs: true) is { } instance
            ? new ContentResult { Content = $"{instance.RuntimeStatus} {instance.SerializedOutput}" }
            : new NotFoundResult();

    [Function("DurableCommand")]
    public async Task<IActionResult> CommandAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "command/{command}/{id}")] HttpRequest request, [DurableClient] DurableTaskClient client, string command, string id)
    {
        switch (command)
        {
            case "raise":
                await client.RaiseEventAsync(id, "go", "went");
                return new AcceptedResult();
            case "terminate":
                await client.TerminateInstanceAsync(id, "enough");
                return new AcceptedResult();
            default:
                var purged = await client.PurgeInstanceAsync(id);
                return new ContentResult { Content = $"{purged.PurgedInstanceCount}" };
        }
    }

    public sealed record Step(string Instance, string Text, int Index);
}

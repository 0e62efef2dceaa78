namespace Serverless.Local.Durable.Replay;

/// <summary>The orchestrator awaits, or was continued by, something that is not in its history.</summary>
internal sealed class NonDurableAwaitException(string orchestrator, string instanceId) : InvalidOperationException(Describe(orchestrator, instanceId))
{
    public static string Describe(string orchestrator, string instanceId) =>
        $"Orchestrator '{orchestrator}' of instance '{instanceId}' awaits a task that is not durable. "
        + "Only tasks from its TaskOrchestrationContext may be awaited: move I/O, delays and Task.Run into activities, use CreateTimer to wait, "
        + "and no ConfigureAwait(false) (middleware included).";
}

namespace Serverless.Local.Durable.Dispatch;

/// <summary>What the durable engine says; names, ids and sizes, never payloads or messages of exceptions.</summary>
internal static partial class DurableLog
{
    [LoggerMessage(3000, LogLevel.Information, "Durable engine started: {Instances} instances and {Activities} activities are taken up.")]
    public static partial void Started(ILogger logger, int instances, int activities);

    [LoggerMessage(3001, LogLevel.Information, "Durable engine stopped; {Activities} activities will run again at the next start.")]
    public static partial void Stopped(ILogger logger, int activities);

    [LoggerMessage(3002, LogLevel.Debug, "Orchestrator {Orchestrator} of instance {InstanceId}: step with {Events} new events, {Actions} actions, then {Status}.")]
    public static partial void Stepped(ILogger logger, string orchestrator, string instanceId, int events, int actions, string status);

    [LoggerMessage(3003, LogLevel.Warning, "Orchestrator {Orchestrator} of instance {InstanceId} failed: {ErrorType}.")]
    public static partial void OrchestrationFailed(ILogger logger, string orchestrator, string instanceId, string errorType);

    [LoggerMessage(3004, LogLevel.Error, "Orchestrator {Orchestrator} of instance {InstanceId} is at fault: {Fault}")]
    public static partial void OrchestratorFault(ILogger logger, string orchestrator, string instanceId, string fault);

    [LoggerMessage(3005, LogLevel.Warning, "Activity {Activity} (#{TaskId}) of instance {InstanceId} failed: {ErrorType}.")]
    public static partial void ActivityFailed(ILogger logger, string activity, int taskId, string instanceId, string errorType);

    [LoggerMessage(3006, LogLevel.Error, "The durable state could not be read or written ({ErrorType}); the same is tried again in {Delay}.")]
    public static partial void StoreFailed(ILogger logger, string errorType, TimeSpan delay);

    [LoggerMessage(3007, LogLevel.Debug, "A message for instance {InstanceId} was dropped: there is no such instance, or it has finished.")]
    public static partial void MessageDropped(ILogger logger, string instanceId);
}

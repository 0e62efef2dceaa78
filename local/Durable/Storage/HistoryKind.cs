namespace Serverless.Local.Durable.Storage;

/// <summary>What happened to an instance. The numbers are stored: they never change meaning.</summary>
internal enum HistoryKind
{
    /// <summary>A step began; At is the orchestrator's time during it.</summary>
    StepStarted = 1,

    ExecutionStarted = 2,

    // Actions that the orchestrator asked for, numbered by TaskId.
    ActivityScheduled = 10,
    TimerCreated = 11,
    SubOrchestrationCreated = 12,
    EventSent = 13,

    // What came of them, and what came from outside.
    ActivityCompleted = 20,
    ActivityFailed = 21,
    TimerFired = 22,
    SubOrchestrationCompleted = 23,
    SubOrchestrationFailed = 24,
    EventRaised = 25,

    Suspended = 30,
    Resumed = 31,
    TerminateRequested = 32,

    /// <summary>Code of the orchestrator ran outside of its steps: it awaits something that is not durable.</summary>
    IllegalAwait = 33,

    Completed = 40,
    Failed = 41,
    Terminated = 42,
}

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>Why a child ended a request without its last token.</summary>
internal enum CallFailureKind : byte
{
    /// <summary>The engine could not go on with it: <see cref="Scheduling.EngineFailedException"/>.</summary>
    Failed = 0,

    /// <summary>The queue is full, nothing was done: <see cref="Scheduling.EngineOverloadedException"/>.</summary>
    Overloaded = 1,

    /// <summary>Its deadline passed: <see cref="Scheduling.DeadlineExceededException"/>.</summary>
    DeadlineExceeded = 2,

    /// <summary>It does not fit the model: <see cref="ArgumentException"/>.</summary>
    Invalid = 3,

    /// <summary>It was cancelled, and the engine has let go of it.</summary>
    Cancelled = 4,
}

using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>How a request failed in a child.</summary>
/// <param name="Message">Names fields and ranges, never content.</param>
/// <param name="RetryAfter">Where the queue was full.</param>
internal readonly record struct CallFailure(CallFailureKind Kind, string Message, TimeSpan RetryAfter = default)
{
    public static CallFailure Of(Exception exception) => exception switch
    {
        EngineOverloadedException overloaded => new(CallFailureKind.Overloaded, overloaded.Message, overloaded.RetryAfter),
        DeadlineExceededException => new(CallFailureKind.DeadlineExceeded, ""),
        EngineFailedException failed => new(CallFailureKind.Failed, failed.Message),
        ArgumentException invalid => new(CallFailureKind.Invalid, invalid.Message),
        // A message from elsewhere may quote what it choked on.
        _ => new(CallFailureKind.Failed, $"The engine failed with {exception.GetType().Name}."),
    };

    public Exception ToException() => Kind switch
    {
        CallFailureKind.Overloaded => new EngineOverloadedException(Message, RetryAfter),
        CallFailureKind.DeadlineExceeded => new DeadlineExceededException(),
        CallFailureKind.Invalid => new ArgumentException(Message),
        _ => new EngineFailedException(Message),
    };
}

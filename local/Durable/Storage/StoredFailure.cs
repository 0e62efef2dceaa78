using Microsoft.DurableTask;

namespace Serverless.Local.Durable.Storage;

/// <summary>A failure as JSON in history. A final one is not worth another attempt (nothing of that name is registered).</summary>
internal sealed record StoredFailure(TaskFailureDetails Details, bool Final = false)
{
    private const int MaxStackChars = 8 * 1024;
    private const int MaxDepth = 16;

    public static StoredFailure From(Exception exception) => new(Describe(exception, 0));

    public static StoredFailure Of(string errorType, string message, bool final = false) => new(new(errorType, message, null, null, null), final);

    public static StoredFailure Read(string json) =>
        DurableJson.Read<StoredFailure>(json) ?? throw new InvalidDataException("A failure in the durable history is empty.");

    public string Write() => DurableJson.Write(this)!;

    private static TaskFailureDetails Describe(Exception exception, int depth)
    {
        // A failed task's own details are the cause: the exception that carries them has no inner exception.
        var cause = exception switch
        {
            TaskFailedException failed => failed.FailureDetails,
            { InnerException: { } inner } when depth < MaxDepth => Describe(inner, depth + 1),
            _ => null,
        };
        var stack = exception.StackTrace is { Length: > MaxStackChars } text ? text[..MaxStackChars] : exception.StackTrace;
        return new(exception.GetType().ToString(), exception.Message, stack, cause, null);
    }
}

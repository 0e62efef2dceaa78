using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Batches;

/// <summary>What batches log: ids, counts and states; requests and answers never.</summary>
internal static partial class BatchLog
{
    [LoggerMessage(6701, LogLevel.Information, "{Id}: {Requests} requests.")]
    public static partial void Started(ILogger logger, string id, int requests);

    [LoggerMessage(6702, LogLevel.Information, "{Id}: {State}, {Completed} answered, {Failed} not.")]
    public static partial void Ended(ILogger logger, string id, BatchState state, int completed, int failed);

    [LoggerMessage(6703, LogLevel.Information, "{Id}: its input has {Faults} faults.")]
    public static partial void Refused(ILogger logger, string id, int faults);

    [LoggerMessage(6704, LogLevel.Warning, "{Id}: slice {Slice}: {Failed} of {Requests} requests have failed.")]
    public static partial void Errors(ILogger logger, string id, int slice, int failed, int requests);

    [LoggerMessage(6705, LogLevel.Error, "{Id}: {Step} failed: {Reason}")]
    public static partial void StepFailed(ILogger logger, string id, string step, string reason);

    [LoggerMessage(6706, LogLevel.Warning, "{Id}: nobody was at work on it; it is taken up again.")]
    public static partial void TakenUp(ILogger logger, string id);

    [LoggerMessage(6707, LogLevel.Information, "{Files} files and {Batches} batches whose time was over are deleted.")]
    public static partial void Cleaned(ILogger logger, int files, int batches);
}

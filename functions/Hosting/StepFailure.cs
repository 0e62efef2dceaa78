using Microsoft.DurableTask;

namespace Serverless.Functions.Hosting;

/// <summary>What an orchestration may say of an activity that failed: only the app's own exceptions are known to hold no content.</summary>
internal static class StepFailure
{
    /// <typeparam name="T">The exception whose message may be told.</typeparam>
    public static string ReasonOf<T>(TaskFailedException failure)
        where T : Exception
    {
        for (var details = failure.FailureDetails; details is not null; details = details.InnerFailure)
        {
            if (details.ErrorType.EndsWith(typeof(T).Name, StringComparison.Ordinal)) return details.ErrorMessage;
        }

        return $"{failure.TaskName} failed unexpectedly.";
    }
}

using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Evaluation;

/// <summary>What evaluation logs: ids, counts and codes; questions and answers never.</summary>
internal static partial class EvaluationLog
{
    [LoggerMessage(6001, LogLevel.Information, "Evaluation {Id}: {Questions} questions, {Routes} routes.")]
    public static partial void Started(ILogger logger, string id, int questions, int routes);

    [LoggerMessage(6002, LogLevel.Information, "Evaluation {Id}: {State}.")]
    public static partial void Ended(ILogger logger, string id, string state);

    [LoggerMessage(6003, LogLevel.Warning, "Evaluation {Id}: route {Route}, batch {Batch}: {Errors} of {Count} questions had no answer.")]
    public static partial void Errors(ILogger logger, string id, int route, int batch, int errors, int count);

    [LoggerMessage(6004, LogLevel.Error, "Evaluation {Id}: {Step} failed: {Reason}")]
    public static partial void StepFailed(ILogger logger, string id, string step, string reason);

    [LoggerMessage(6005, LogLevel.Warning, "Evaluation {Id}: nobody was at work on it; it is taken up again.")]
    public static partial void TakenUp(ILogger logger, string id);
}

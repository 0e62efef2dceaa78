using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Retrieval.Reranking;

/// <summary>Ranks what a search found by a rerank route. Where that fails, the order found stands: an answer from a good passage is better than none, and telemetry says so.</summary>
public sealed partial class PassageReranking(IRerankRoutes rerankers, GatewayMetrics metrics, TimeProvider time, ILogger<PassageReranking> logger)
{
    /// <param name="found">Best first.</param>
    /// <returns>The first <see cref="RerankSettings.Candidates"/>, best first, with the reranker's scores; or what was found, where the reranker failed.</returns>
    public async Task<RerankedPassages> OrderAsync(
        RerankSettings settings, string question, IReadOnlyList<FoundChunk> found, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(found);
        if (found.Count == 0) return new RerankedPassages(found);
        var candidates = found.Take(settings.Candidates).ToList();
        var started = time.GetTimestamp();
        using var activity = GatewayTraces.Source.StartActivity("rerank");
        string? error = "client_disconnected";
        try
        {
            var batch = await rerankers.RerankAsync(settings.Route, question, [.. candidates.Select(chunk => chunk.Searched)], null, caller, cancellationToken);
            error = null;
            // Sorting is stable: among equals the order found stands.
            IReadOnlyList<FoundChunk> ranked = [.. candidates.Select((chunk, i) => chunk with { Score = batch.Scores[i] }).OrderByDescending(chunk => chunk.Score)];
            return new RerankedPassages(ranked, batch.Model, ranked[0].Score);
        }
        catch (GatewayException failure)
        {
            error = failure.Error.Code;
            LogKept(logger, settings.Route, GatewayMetrics.ErrorType(error)!, failure.Status);
            return new RerankedPassages(found);
        }
        finally
        {
            metrics.RecordReranking(time.GetElapsedTime(started), error);
            if (error is not null) activity?.SetTag("error.type", GatewayMetrics.ErrorType(error)).SetStatus(ActivityStatusCode.Error);
        }
    }

    [LoggerMessage(1311, LogLevel.Warning, "Rerank route {Route} failed ({Error}, status {Status}): passages keep the order in which they were found.")]
    private static partial void LogKept(ILogger logger, string route, string error, int status);
}

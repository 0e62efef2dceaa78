using Microsoft.Extensions.Logging;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Evaluation.Runs;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Evaluation.Running;

/// <summary>Ends a run: sums up what was asked, and drops the questions.</summary>
public sealed class RunEnd(RunStore runs, CollectionFingerprints collections, RouteCatalog routes, TimeProvider time, ILogger<RunEnd> logger)
{
    public async Task<bool> RunAsync(string id, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(id, cancellationToken) is not { Run: var run }) return true;
        await runs.WriteSummaryAsync(id, await SumAsync(run, cancellationToken), cancellationToken);
        return await CloseAsync(id, before => before.State == RunState.Cancelling ? RunState.Cancelled : RunState.Completed, null, cancellationToken);
    }

    /// <summary>What was asked until then is summed up where that can be done.</summary>
    public async Task<bool> FailAsync(string id, string reason, CancellationToken cancellationToken)
    {
        try
        {
            if (await runs.FindAsync(id, cancellationToken) is { Run: var run }) await runs.WriteSummaryAsync(id, await SumAsync(run, cancellationToken), cancellationToken);
        }
        catch (Exception failure) when (failure is Azure.RequestFailedException or System.Text.Json.JsonException)
        {
            // What made the run fail may stand in the way of this too.
        }

        return await CloseAsync(id, _ => RunState.Failed, reason, cancellationToken);
    }

    private async Task<bool> CloseAsync(string id, Func<RunStatus, RunState> state, string? reason, CancellationToken cancellationToken)
    {
        var after = await runs.ChangeAsync(id, before => before.IsTerminal ? before : before with { State = state(before), EndedAt = time.GetUtcNow(), Error = reason }, cancellationToken);
        await runs.DropQuestionsAsync(id, cancellationToken);
        if (after is null) await runs.DropResultsAsync(id, cancellationToken);
        EvaluationLog.Ended(logger, id, after?.State.ToString() ?? "deleted");
        return true;
    }

    private async Task<RunSummary> SumAsync(EvaluationRun run, CancellationToken cancellationToken)
    {
        var results = new List<IReadOnlyList<QuestionResult>>();
        for (var i = 0; i < run.Routes.Count; i++) results.Add(await runs.ReadResultsAsync(run.Id, i, cancellationToken));
        var seed = (ulong)run.Seed;
        var comparisons = new List<RouteComparison>();
        for (var second = 1; second < run.Routes.Count; second++)
        {
            for (var first = 0; first < second; first++)
                comparisons.Add(RouteComparison.Of(run.Routes[first].Reference, results[first], run.Routes[second].Reference, results[second], seed));
        }

        var before = await runs.FindCollectionsAsync(run.Id, cancellationToken) ?? [];
        var after = await collections.OfAsync(run, cancellationToken);
        var changed = before.Where(entry => after.GetValueOrDefault(entry.Key) != entry.Value).Select(entry => $"collection {entry.Key}").ToList();
        foreach (var model in run.Routes.SelectMany(route => route.StandsOn).DistinctBy(model => model.Reference))
        {
            if (!await IsStillAsync(model, cancellationToken)) changed.Add($"route {model.Reference}");
        }

        return new RunSummary([.. run.Routes.Select((route, i) => RouteSummary.Of(route.Reference, results[i], seed))], comparisons, before, changed);
    }

    // A rag route names the routes it stands on; those without a version move on while a run goes.
    private async Task<bool> IsStillAsync(EvaluatedModel model, CancellationToken cancellationToken)
    {
        if (model.IsPinned) return true;
        try
        {
            var resolved = await routes.ResolveAsync(model.Route, Caller.System, "route", cancellationToken);
            return resolved.ToString() == model.Reference;
        }
        catch (GatewayException)
        {
            return false;
        }
    }
}

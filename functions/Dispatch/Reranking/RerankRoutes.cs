using Serverless.Contracts.OpenAI;
using Serverless.Functions.Clients;
using Serverless.Functions.Guards;
using Serverless.Functions.Limits;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Dispatch;

/// <inheritdoc/>
public sealed class RerankRoutes(
    RouteCatalog routes, RouteTargets targets, TargetHealth health, TargetProbes probes, TargetCalls calls, Admission admission, RouteGuards guards, ModelCalls telemetry, TimeProvider time) : IRerankRoutes
{
    public const int MaxDocuments = 1000;

    public async Task<RerankBatch> RerankAsync(string route, string query, IReadOnlyList<string> documents, string? user, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(caller);
        AnswerChecks.Question(query, "query");
        if (documents.Count is 0 or > MaxDocuments) throw GatewayException.Invalid("documents", $"'documents' must have 1 to {MaxDocuments} texts.");
        AnswerChecks.Texts(documents, "documents");
        var resolved = await routes.ResolveAsync(route, caller, "model", cancellationToken).ConfigureAwait(false);
        if (resolved.Type != RouteTypes.Rerank) throw Gateway.WrongType(resolved, RouteTypes.Rerank);
        query = (await guards.InputAsync(resolved, [query], "query", cancellationToken).ConfigureAwait(false))[0];
        documents = await guards.InputAsync(resolved, documents, "documents", cancellationToken).ConfigureAwait(false);
        return await RerankAsync(resolved, new RerankCall(query, documents, ClientName.Of(caller, user)), caller, cancellationToken).ConfigureAwait(false);
    }

    private async Task<RerankBatch> RerankAsync(ResolvedRoute route, RerankCall call, Caller caller, CancellationToken cancellationToken)
    {
        probes.Saw(route);
        var candidates = targets.Candidates(route, caller.ClientId, _ => null);
        var model = candidates[0];
        // A reranker reads the query with each of the documents.
        var demand = CallDemands.Of(route, caller, targets.ProviderOf(model), call.Documents, call.Query, (what, stop) => calls.CountAsync(route, candidates[0], what, stop)) with
        {
            Kind = "rerank",
            Candidates = [.. candidates.Select(candidate => (candidate.Provider, candidate.Name))],
        };
        using var admitted = await admission.ReserveAsync(demand, cancellationToken).ConfigureAwait(false);
        var told = telemetry.Begin("rerank", route.Name, model, streams: false);
        string? error = "client_disconnected";
        RerankBatch? batch = null;
        try
        {
            for (var i = 0; ; i++)
            {
                model = candidates[i];
                try
                {
                    batch = await calls.RerankAsync(route, model, call, mayWait: i == candidates.Count - 1, cancellationToken).ConfigureAwait(false);
                    error = null;
                    return batch;
                }
                catch (GatewayException refused)
                {
                    error = refused.Error.Code;
                    if (UpstreamErrors.IsFault(refused)) health.Failed(model);
                    if (i == candidates.Count - 1 || !UpstreamErrors.IsWorthAnotherTarget(refused)) throw;
                }
            }
        }
        finally
        {
            var duration = told.Elapsed;
            var (usage, isCounted) = await UsageAsync(batch, error, call, (what, stop) => calls.CountAsync(route, model, what, stop)).ConfigureAwait(false);
            admitted.Settle(new CallOutcome(usage, error, isCounted, null, duration) { Provider = model.Provider, Model = model.Name });
            told.End(model, usage?.PromptTokens, null, error, duration);
        }
    }

    private Task<(Usage? Usage, bool Counted)> UsageAsync(RerankBatch? batch, string? error, RerankCall call, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<int>>> count)
    {
        var told = batch is null ? null : new EmbeddingBatch([], batch.Model, batch.PromptTokens);
        return EmbeddingUsage.OfAsync(told, error, [call.Query, .. call.Documents], count, time);
    }
}

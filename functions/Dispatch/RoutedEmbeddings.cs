using Serverless.Functions.Caching;
using Serverless.Functions.Clients;
using Serverless.Functions.Limits;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Dispatch;

/// <summary>Vectors from whichever of a route's targets gives them: the next one is asked when one fails. Through the route's cache where it has one; admitted, metered and told as every call of a model.</summary>
public sealed class RoutedEmbeddings(
    RouteTargets targets, TargetHealth health, TargetProbes probes, TargetCalls calls, Admission admission, CachedEmbeddings cached, ModelCalls telemetry, TimeProvider time)
{
    /// <exception cref="GatewayException">A limit is reached, or the last target refused or failed.</exception>
    public Task<EmbeddingBatch> EmbedAsync(ResolvedRoute route, EmbeddingCall call, Caller caller, CancellationToken cancellationToken) =>
        cached.EmbedAsync(route, caller, call, asked => AskAsync(route, asked, caller, cancellationToken), cancellationToken);

    private async Task<EmbeddingBatch> AskAsync(ResolvedRoute route, EmbeddingCall call, Caller caller, CancellationToken cancellationToken)
    {
        probes.Saw(route);
        var candidates = targets.Candidates(route, caller.ClientId, _ => null);
        var model = candidates[0];
        var demand = CallDemands.Of(route, caller, targets.ProviderOf(model), call.Texts, call.Instruction, (what, stop) => calls.CountAsync(route, candidates[0], what, stop));
        using var admitted = await admission.ReserveAsync(demand with { Candidates = CallDemands.Names(candidates) }, cancellationToken).ConfigureAwait(false);
        var told = telemetry.Begin("embeddings", route.Name, model, streams: false);
        string? error = "client_disconnected";
        EmbeddingBatch? batch = null;
        try
        {
            for (var i = 0; ; i++)
            {
                model = candidates[i];
                try
                {
                    batch = await calls.EmbedAsync(route, model, call, mayWait: i == candidates.Count - 1, cancellationToken).ConfigureAwait(false);
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
            var (usage, isCounted) = await EmbeddingUsage.OfAsync(batch, error, call.Texts, (what, stop) => calls.CountAsync(route, model, what, stop), time).ConfigureAwait(false);
            admitted.Settle(new CallOutcome(usage, error, isCounted, null, duration) { Provider = model.Provider, Model = model.Name });
            told.End(model, batch?.PromptTokens, null, error, duration);
        }
    }
}

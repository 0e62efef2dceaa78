using Serverless.Functions.Clients;
using Serverless.Functions.Limits;
using Serverless.Functions.Routes;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Dispatch;

/// <summary>Has texts read by whichever of a route's targets does it: the next one is asked when one fails. Admitted, metered and told as every call of a model.</summary>
public sealed class RoutedReadings(
    RouteTargets targets, TargetHealth health, TargetProbes probes, TargetCalls calls, Admission admission, ModelCalls telemetry, TimeProvider time)
{
    /// <exception cref="GatewayException">A limit is reached, or the last target refused or failed.</exception>
    internal async Task<T> AskAsync<T>(ResolvedRoute route, TextReading<T> reading, Caller caller, CancellationToken cancellationToken)
        where T : class
    {
        probes.Saw(route);
        var candidates = targets.Candidates(route, caller.ClientId, reading.WhyNot ?? (static _ => null));
        var model = candidates[0];
        var demand = CallDemands.Of(
            route, caller, targets.ProviderOf(model), reading.Kind, reading.Texts, reading.Beside, reading.Ids, (what, stop) => calls.CountAsync(route, candidates[0], what, stop));
        using var admitted = await admission.ReserveAsync(demand with { Candidates = CallDemands.Names(candidates) }, cancellationToken).ConfigureAwait(false);
        var told = telemetry.Begin(reading.Kind, route.Name, model, streams: false);
        string? error = "client_disconnected";
        T? answer = null;
        try
        {
            for (var i = 0; ; i++)
            {
                model = candidates[i];
                try
                {
                    answer = await reading.Ask(model, i == candidates.Count - 1).ConfigureAwait(false);
                    error = null;
                    health.Succeeded(model, route.KeyOf(model));
                    return answer;
                }
                catch (GatewayException refused)
                {
                    error = refused.Error.Code;
                    health.Failed(model, refused, route.KeyOf(model));
                    if (i == candidates.Count - 1 || !UpstreamErrors.IsWorthAnotherTarget(refused)) throw;
                }
            }
        }
        finally
        {
            var duration = told.Elapsed;
            var named = answer is null ? null : reading.Tokens(answer);
            var (usage, isCounted) = await ReadingUsage.OfAsync(named, error, reading.Counted, reading.Ids, (what, stop) => calls.CountAsync(route, model, what, stop), time).ConfigureAwait(false);
            admitted.Settle(new CallOutcome(usage, error, isCounted, null, duration) { Provider = model.Provider, Model = model.Name });
            // As of answers, telemetry has tokens that a provider named; what was counted here is the ledger's alone. A call that reads nothing (a count) is no sample of none.
            told.End(model, named is 0 ? null : named, null, error, duration);
        }
    }
}

using Serverless.Functions.Clients;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Limits.Rules;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Limits;

/// <summary>
/// The one place where a call of a model gets its allowance, whichever endpoint it came by: calls, tokens of prompt and longest completion, their worst
/// cost and a place among those under way, of every limit of the client, the route, and the client on the route; or none of it.
/// </summary>
public sealed class Admission
{
    private readonly LimitStore _limits;
    private readonly PriceStore _prices;
    private readonly Limiter _limiter;
    private readonly UsageLedger _ledger;
    private readonly LimitOptions _options;
    private readonly LimitMetrics _metrics;
    private readonly TimeProvider _time;

    internal Admission(LimitStore limits, PriceStore prices, Limiter limiter, UsageLedger ledger, LimitOptions options, LimitMetrics metrics, TimeProvider time) =>
        (_limits, _prices, _limiter, _ledger, _options, _metrics, _time) = (limits, prices, limiter, ledger, options, metrics, time);

    /// <summary>Admits a request whose calls of models go through other routes (a rag route's): one call, one place. Its models' tokens are reserved as they are called.</summary>
    /// <exception cref="Dispatch.GatewayException">A limit is reached (429), or the counters' storage does not answer (503).</exception>
    public async ValueTask<Admitted> EnterAsync(ResolvedRoute route, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        var scopes = await ScopesAsync(route.Name, caller, cancellationToken).ConfigureAwait(false);
        var holds = await HoldAsync(scopes, new Amounts(0, 0, 0, 0), cancellationToken).ConfigureAwait(false);
        return new Admitted(holds, null, null, null, null, _time, RequestId());
    }

    /// <summary>Admits one call of a tool of an upstream MCP server: a call and a place, of the client's limits, the server's, and the server's for each client.</summary>
    /// <exception cref="Dispatch.GatewayException">A limit is reached (429), or the counters' storage does not answer (503).</exception>
    public async ValueTask<Admitted> EnterToolAsync(string server, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var scopes = new List<LimitedScope>();
        if (await _limits.FindAsync(LimitStore.Client(caller.ClientId), cancellationToken).ConfigureAwait(false) is { Own.Rules.Count: > 0 } client) scopes.Add(new(client.Own, Counts: true));
        if (await _limits.FindAsync(LimitStore.McpServer(server), cancellationToken).ConfigureAwait(false) is { } limits)
        {
            if (limits.EachClient.Count > 0) scopes.Add(new(new ScopeRules($"client/{caller.ClientId}/{LimitStore.McpServer(server)}", limits.EachClient), Counts: true));
            if (limits.Own.Rules.Count > 0) scopes.Add(new(limits.Own, Counts: true));
        }

        return new Admitted(await HoldAsync(scopes, new Amounts(0, 0, 0, 0), cancellationToken).ConfigureAwait(false), null, null, null, null, _time, RequestId());
    }

    /// <summary>Admits one call of a model.</summary>
    /// <exception cref="Dispatch.GatewayException">A limit is reached (429), a budget has no price to go by (500), or the counters' storage does not answer (503).</exception>
    public async ValueTask<Admitted> ReserveAsync(CallDemand demand, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(demand);
        // Where they are not in memory, all are asked for at once.
        var reading = _prices.GetAsync(cancellationToken);
        var scopes = await ScopesAsync(demand.Route.Name, demand.Caller, cancellationToken).ConfigureAwait(false);
        if (demand.IsHedge) scopes = scopes.ConvertAll(s => s with { Counts = false });
        var table = await reading.ConfigureAwait(false);
        if (scopes.Count == 0) return new Admitted([], demand, demand.MaxTokens, table, _ledger, _time, RequestId());

        var prices = PricesOf(demand, table);
        if (Array.IndexOf(prices, null) >= 0 && scopes.Exists(s => s.Rules.IsBudgeted)) throw LimitErrors.NoPrice(demand.Route.Name);
        var (completion, cap, window) = (0L, demand.MaxTokens, (long?)null);
        if (scopes.Exists(s => s.Rules.CountsTokens)) (completion, cap, window) = await CompletionAsync(demand, cancellationToken).ConfigureAwait(false);

        List<(ScopeLease, LeaseHold, Amounts)> holds;
        try
        {
            holds = await HoldAsync(scopes, Worst(demand.PromptTokens), cancellationToken).ConfigureAwait(false);
        }
        catch (Dispatch.GatewayException refused) when (refused.Status == 429 && demand.CountPrompt is not null && LimitErrors.IsAboutTokens(refused))
        {
            // The bound is some times the truth: near the limit, the prompt is worth counting.
            var counted = await demand.CountPrompt(cancellationToken).ConfigureAwait(false);
            if (counted >= demand.PromptTokens) throw;
            holds = await HoldAsync(scopes, Worst(counted), cancellationToken).ConfigureAwait(false);
        }

        _metrics.Decision("admitted");
        return new Admitted(holds, demand, cap, table, _ledger, _time, RequestId());

        Amounts Worst(long prompt)
        {
            var tokens = Math.Min(prompt + completion, window ?? long.MaxValue);
            var cost = 0L;
            foreach (var price in prices) cost = Math.Max(cost, price?.WorstCost(Math.Min(prompt, tokens), completion) ?? 0);
            return new Amounts(0, tokens, cost, 0);
        }
    }

    /// <summary>Of whoever may come to answer; null for one without.</summary>
    private static TokenPrice?[] PricesOf(CallDemand demand, PriceTable table)
    {
        if (demand.Candidates is not { } candidates) return [table.Find(demand.Route.Name, demand.Provider, demand.Route.Version.Model!.Name)];
        var prices = new TokenPrice?[candidates.Count];
        for (var i = 0; i < prices.Length; i++) prices[i] = table.Find(demand.Route.Name, candidates[i].Provider, candidates[i].Model);
        return prices;
    }

    private static string RequestId() => RequestLimits.Current?.RequestId ?? Hosting.NewId.Of();

    /// <summary>Tokens that the completions may have together, and what to tell the provider.</summary>
    private async ValueTask<(long Completion, int? Cap, long? Window)> CompletionAsync(CallDemand demand, CancellationToken cancellationToken)
    {
        if (demand.MaxTokens is { } max) return ((long)max * demand.Choices, max, null);
        var window = demand.Window is null ? null : await demand.Window(cancellationToken).ConfigureAwait(false);
        // A cap that might not fit behind the prompt would make the provider refuse what it would have answered: it has the window as its cap.
        return window is { } size && demand.PromptTokens + _options.DefaultMaxTokens > size
            ? ((long)size * demand.Choices, null, demand.Choices == 1 ? size : null)
            : ((long)_options.DefaultMaxTokens * demand.Choices, _options.DefaultMaxTokens, null);
    }

    /// <summary>The scopes of a call that have limits, in one order for all.</summary>
    private async ValueTask<List<LimitedScope>> ScopesAsync(string route, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var scopes = new List<LimitedScope>();
        var (ofClient, ofRoute) = (_limits.FindAsync(LimitStore.Client(caller.ClientId), cancellationToken), _limits.FindAsync(LimitStore.Route(route), cancellationToken));
        var client = await ofClient.ConfigureAwait(false);
        // Through another route, the client's own call has been counted already, when it entered that one.
        if (client is { Own.Rules.Count: > 0 }) scopes.Add(new(client.Own, caller.Through is null));
        AddRoute(route, await ofRoute.ConfigureAwait(false), counts: true);
        if (caller.Through is { } through) AddRoute(through, await _limits.FindAsync(LimitStore.Route(through), cancellationToken).ConfigureAwait(false), counts: false);
        return scopes;

        void AddRoute(string name, SubjectLimits? limits, bool counts)
        {
            var on = client?.On(name) ?? [];
            var each = limits?.EachClient ?? [];
            // What is said of the client itself comes before what is said of every client.
            var both = on.Count == 0 ? each : each.Count == 0 ? on : [.. on, .. each.Where(e => !on.Any(o => o.Key == e.Key))];
            if (both.Count > 0) scopes.Add(new(new ScopeRules($"client/{caller.ClientId}/route/{name}", both), counts));
            if (limits is { Own.Rules.Count: > 0 }) scopes.Add(new(limits.Own, counts));
        }
    }

    private async ValueTask<List<(ScopeLease Lease, LeaseHold Hold, Amounts Amounts)>> HoldAsync(List<LimitedScope> scopes, Amounts worst, CancellationToken cancellationToken)
    {
        var holds = new List<(ScopeLease Lease, LeaseHold Hold, Amounts Amounts)>(scopes.Count);
        try
        {
            foreach (var (rules, counts) in scopes)
            {
                var amounts = counts ? worst with { Calls = 1, Slots = 1 } : worst;
                var (lease, outcome) = await _limiter.ReserveAsync(rules, amounts, cancellationToken).ConfigureAwait(false);
                if (outcome.Hold is { } hold)
                {
                    holds.Add((lease, hold, amounts));
                    Report(hold);
                }
                else
                {
                    Pass(rules, outcome, amounts);
                }
            }

            return holds;
        }
        catch
        {
            foreach (var (lease, hold, _) in holds) lease.Settle(hold, default);
            throw;
        }
    }

    private void Report(LeaseHold hold)
    {
        foreach (var rule in hold.Shadowed) _metrics.Decision("shadow_refused", rule.Key);
        if (RequestLimits.Current is not { } request) return;
        request.Saw(hold.Levels);
        if (hold.Shadowed.Count > 0) request.SawShadow(hold.Shadowed);
    }

    /// <summary>A call that has no allowance: whether it may go on all the same.</summary>
    private void Pass(ScopeRules scope, LeaseOutcome outcome, Amounts amounts)
    {
        if (outcome.Refused is { } level)
        {
            _metrics.Decision("refused", level.Rule.Key);
            RequestLimits.Current?.Saw([level]);
            throw LimitErrors.Refused(scope.Scope, level, amounts);
        }

        var enforced = scope.Rules.Where(r => !r.Shadow).ToList();
        if (enforced.Count == 0) return;
        var isBudget = enforced.Exists(r => r.IsBudget);
        var isOpen = (!isBudget || _options.BudgetsOpen) && (enforced.TrueForAll(r => r.IsBudget) || _options.RatesOpen) && _limiter.OutFor <= _options.OpenFor;
        _metrics.Decision(isOpen ? "unenforced" : "unavailable");
        if (!isOpen) throw LimitErrors.Unavailable(isBudget);
        RequestLimits.Current?.WasUnenforced();
    }

    private sealed record LimitedScope(ScopeRules Rules, bool Counts);
}

using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits;

/// <summary>
/// A call that has its allowance. <see cref="Settle"/> ends it with what was used; disposed of without, it never reached a provider and
/// everything is returned. Either happens once, on every path: it is disposed of by whoever reserved it.
/// </summary>
public sealed class Admitted : IDisposable
{
    private readonly List<(ScopeLease Lease, LeaseHold Hold, Amounts Amounts)> _holds;
    private readonly CallDemand? _demand;
    private readonly PriceTable? _prices;
    private readonly UsageLedger? _ledger;
    private readonly TimeProvider _time;
    private readonly string _requestId;
    private bool _ended;

    internal Admitted(
        List<(ScopeLease Lease, LeaseHold Hold, Amounts Amounts)> holds, CallDemand? demand, int? maxTokens, PriceTable? prices, UsageLedger? ledger, TimeProvider time, string requestId)
    {
        (_holds, _demand, MaxTokens, _prices, _ledger, _time, _requestId) = (holds, demand, maxTokens, prices, ledger, time, requestId);
    }

    /// <summary>What to ask the provider for as <c>max_tokens</c>: what the request said, or a cap where tokens or money are limited; null for none.</summary>
    public int? MaxTokens { get; }

    /// <summary>Ends the call: allowance that was not used is free again at once, the record goes to the ledger.</summary>
    public void Settle(CallOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        if (_ended) return;
        _ended = true;
        long prompt = outcome.Usage?.PromptTokens ?? 0;
        long completion = outcome.Usage?.CompletionTokens ?? 0;
        long cached = Math.Clamp(outcome.Usage?.CachedTokens ?? 0, 0, prompt);
        var provider = outcome.Provider ?? _demand?.Provider ?? "";
        var model = outcome.Model ?? _demand?.Route.Version.Model!.Name ?? "";
        var cost = _demand is null ? null : _prices?.Find(_demand.Route.Name, provider, model)?.Cost(prompt, cached, completion);
        foreach (var (lease, hold, amounts) in _holds) lease.Settle(hold, new Amounts(amounts.Calls, prompt + completion, cost ?? 0, 0));
        if (_demand is null) return;
        _ledger!.Add(new UsageRecord
        {
            Time = _time.GetUtcNow(),
            RequestId = _requestId,
            Route = _demand.Route.Name,
            Version = _demand.Route.Version.Version,
            Through = _demand.Caller.Through,
            Client = _demand.Caller.ClientId,
            Provider = provider,
            Model = model,
            Kind = _demand.Kind,
            PromptTokens = prompt,
            CachedTokens = cached,
            CompletionTokens = completion,
            Counted = outcome.Counted && outcome.Usage is not null ? true : null,
            CostUsd = cost is { } pico ? TokenPrice.ToUsd(pico) : null,
            Status = outcome.FromCache ? "cached" : outcome.IsHedge ? "hedged" : StatusOf(outcome.Error),
            FirstTokenMs = outcome.FirstToken?.TotalMilliseconds,
            DurationMs = outcome.Duration.TotalMilliseconds,
        });
    }

    public void Dispose()
    {
        if (_ended) return;
        _ended = true;
        foreach (var (lease, hold, _) in _holds) lease.Settle(hold, default);
    }

    /// <summary>Ends what stands for a whole request, whose calls of models are settled by themselves.</summary>
    internal void End()
    {
        if (_ended) return;
        _ended = true;
        foreach (var (lease, hold, amounts) in _holds) lease.Settle(hold, amounts with { Slots = 0 });
    }

    private static string StatusOf(string? error) => error switch
    {
        null => "ok",
        "client_disconnected" => "cancelled",
        "upstream_timeout" or "upstream_unreachable" or "upstream_invalid_response" or "upstream_authentication" or "upstream_model_not_found"
            or "upstream_rate_limited" or "insufficient_quota" or "upstream_unavailable" or "upstream_error" => "failed",
        _ => "refused",
    };
}

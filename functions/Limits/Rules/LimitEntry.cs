using System.Globalization;
using Serverless.Functions.Limits.Prices;

namespace Serverless.Functions.Limits.Rules;

/// <summary>A limit as operators write it and as it is stored: one amount, and what it is of. MLflow AI Gateway's <c>{calls, key, renewal_period}</c> is one of them.</summary>
public sealed record LimitEntry
{
    public long? Calls { get; init; }

    public long? Tokens { get; init; }

    public decimal? Usd { get; init; }

    public long? Concurrency { get; init; }

    /// <summary><c>minute</c>, <c>hour</c>, <c>day</c> or <c>month</c>; null for concurrency.</summary>
    public string? RenewalPeriod { get; init; }

    /// <summary>Of a route's limit: <c>route</c>, all callers together (an MCP server's too), or <c>user</c>, each client for itself. Null for a client's.</summary>
    public string? Key { get; init; }

    /// <summary>Of a client's limit: the route that it holds on; null for all routes together.</summary>
    public string? Route { get; init; }

    /// <summary>True: counted and reported, never enforced. Null otherwise.</summary>
    public bool? Shadow { get; init; }

    public LimitRule ToRule()
    {
        var (unit, amount) = Calls is { } calls ? (LimitUnit.Calls, calls)
            : Tokens is { } tokens ? (LimitUnit.Tokens, tokens)
            : Usd is { } usd ? (LimitUnit.Usd, (long)(usd * TokenPrice.PicoPerUsd))
            : (LimitUnit.Concurrency, Concurrency ?? 0);
        var period = RenewalPeriod is null ? LimitPeriod.None : Enum.Parse<LimitPeriod>(RenewalPeriod, ignoreCase: true);
        return new LimitRule(unit, period, amount, Shadow == true);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ToRule()}");
}

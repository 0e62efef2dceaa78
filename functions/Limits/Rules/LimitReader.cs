using System.Text.Json;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Limits.Rules;

/// <summary>Reads the <c>limits</c> of a route or a client from JSON.</summary>
internal static class LimitReader
{
    public const int MaxOfRoute = 32;
    public const int MaxOfClient = 512;

    private const long MaxCalls = 1_000_000_000_000;
    private const long MaxTokens = 1_000_000_000_000_000;
    private const long MaxConcurrency = 1_000_000;
    private const decimal MaxUsd = 1_000_000m;

    private static readonly string[] Periods = ["minute", "hour", "day", "month"];

    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static IReadOnlyList<LimitEntry> Read(JsonElement body, bool ofRoute)
    {
        if (!body.TryGetProperty("limits", out var list) || list.ValueKind != JsonValueKind.Array)
            throw GatewayException.Invalid("limits", "'limits' must be a list; an empty one removes all limits.", "missing_field");
        var most = ofRoute ? MaxOfRoute : MaxOfClient;
        if (list.GetArrayLength() > most) throw GatewayException.Invalid("limits", $"'limits' may have at most {most} entries.");
        var entries = new List<LimitEntry>();
        var known = new HashSet<(string?, string?, string)>();
        foreach (var item in list.EnumerateArray())
        {
            var path = $"limits[{entries.Count}]";
            if (item.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
            var entry = One(new JsonFields(item, path), path, ofRoute);
            if (!known.Add((entry.Key, entry.Route, entry.ToRule().Key)))
                throw GatewayException.Invalid(path, $"'{path}': there is another limit of the same kind for the same key and route.", "duplicate_limit");
            entries.Add(entry);
        }

        return entries;
    }

    private static LimitEntry One(JsonFields fields, string path, bool ofRoute)
    {
        var calls = fields.WholeNumber("calls", 0, MaxCalls);
        var tokens = fields.WholeNumber("tokens", 0, MaxTokens);
        var usd = fields.Decimal("usd", 0, MaxUsd);
        var concurrency = fields.WholeNumber("concurrency", 0, MaxConcurrency);
        var period = fields.OptionalString("renewal_period", 16);
        var key = fields.OptionalString("key", 16);
        var route = fields.OptionalString("route", 64);
        var shadow = fields.Boolean("shadow", otherwise: false);
        fields.RejectUnknown();
        if (new object?[] { calls, tokens, usd, concurrency }.Count(v => v is not null) != 1)
            throw GatewayException.Invalid(path, $"'{path}' must have exactly one of calls, tokens, usd and concurrency.", "missing_field");
        if (concurrency is not null && period is not null)
            throw GatewayException.Invalid($"{path}.renewal_period", $"'{path}.renewal_period' is not for concurrency, which has no window.");
        if (concurrency is null && !Periods.Contains(period, StringComparer.Ordinal))
            throw GatewayException.Invalid($"{path}.renewal_period", $"'{path}.renewal_period' must be {string.Join(", ", Periods[..^1])} or {Periods[^1]}.");
        if (ofRoute && key is not (null or "route" or "user")) throw GatewayException.Invalid($"{path}.key", $"'{path}.key' must be route or user.");
        if (!ofRoute && key is not null) throw GatewayException.Invalid($"{path}.key", $"'{path}.key' is for a route's limits.");
        if (ofRoute && route is not null) throw GatewayException.Invalid($"{path}.route", $"'{path}.route' is for a client's limits.");
        if (route is not null && !RouteName.IsValid(route)) throw GatewayException.Invalid($"{path}.route", $"'{path}.route' must be a route's name.", "invalid_route_name");
        return new LimitEntry
        {
            Calls = calls,
            Tokens = tokens,
            Usd = usd,
            Concurrency = concurrency,
            RenewalPeriod = period,
            Key = ofRoute ? key ?? "route" : null,
            Route = route,
            Shadow = shadow ? true : null,
        };
    }
}

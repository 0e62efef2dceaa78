using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits;

/// <summary>What a refused call is told.</summary>
internal static class LimitErrors
{
    public const string Rate = "rate_limit_exceeded";
    public const string Budget = "budget_exceeded";
    public const string Concurrency = "concurrency_limit_exceeded";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static GatewayException Refused(string scope, LimitLevel level, Amounts amounts)
    {
        var rule = level.Rule;
        var whose = Whose(scope);
        if (rule.Unit == LimitUnit.Concurrency)
            return Error(Concurrency, $"{Calls(rule.Amount)} of {whose} {(rule.Amount == 1 ? "is" : "are")} under way, as many as may be; try again when one has ended.", "rate_limit_error", Soon);

        var limit = $"{Shown(rule, rule.Amount)} {(rule.Period == LimitPeriod.Hour ? "an" : "a")} {rule.Period.ToString().ToLowerInvariant()}";
        var need = amounts.Of(rule.Unit);
        var wait = level.ResetsIn > Soon ? level.ResetsIn : Soon;
        var fits = need <= rule.Amount;
        var message = !fits
            ? string.Create(CultureInfo.InvariantCulture, $"The request may take {Shown(rule, need)}, more than the whole limit of {limit} of {whose}.{(rule.Unit == LimitUnit.Calls ? "" : " A smaller 'max_tokens' or prompt takes less.")}")
            : string.Create(CultureInfo.InvariantCulture, $"The limit of {limit} of {whose} is reached: {Shown(rule, level.Remaining)} left, up to {Shown(rule, need)} needed. It begins anew in {RequestLimits.Duration(wait)}.");
        // What is more than the whole limit is refused in any window.
        TimeSpan? worth = fits ? wait : null;
        return rule.IsBudget ? Error(Budget, message, "insufficient_quota", worth) : Error(Rate, message, "rate_limit_error", worth, rule.Unit == LimitUnit.Tokens ? "max_tokens" : null);
    }

    /// <summary>Whether a smaller estimate could make the difference.</summary>
    public static bool IsAboutTokens(GatewayException refused) => refused.Error is { Code: Budget } or { Code: Rate, Param: "max_tokens" };

    public static GatewayException NoPrice(string route) => new(
        StatusCodes.Status500InternalServerError,
        new ErrorDetail("price_missing", $"Calls of route '{route}' are under a budget, and neither the route nor its model has a price. An operator sets one with PUT /prices.", "server_error"));

    public static GatewayException Unavailable(bool isBudget) => new(
        StatusCodes.Status503ServiceUnavailable,
        new ErrorDetail(
            "limits_unavailable",
            $"The counters of this call's limits cannot be reached, and without them it is not admitted (setting 'Limits:{(isBudget ? "Budgets" : "Rates")}WithoutStorage').",
            "server_error"),
        Soon);

    private static GatewayException Error(string code, string message, string type, TimeSpan? wait, string? param = null) =>
        new(StatusCodes.Status429TooManyRequests, new ErrorDetail(code, message, type, param), wait);

    private static string Whose(string scope)
    {
        var parts = scope.Split('/');
        return parts switch
        {
            ["route", var route] => $"route '{route}'",
            ["mcp-server", var server] => $"MCP server '{server}'",
            [_, _, "mcp-server", var server] => $"this client on MCP server '{server}'",
            [_, _, _, var route] => $"this client on route '{route}'",
            _ => "this client",
        };
    }

    private static string Shown(LimitRule rule, long amount) => rule.Unit switch
    {
        LimitUnit.Usd => string.Create(CultureInfo.InvariantCulture, $"{TokenPrice.ToUsd(amount):0.######} USD"),
        LimitUnit.Tokens => string.Create(CultureInfo.InvariantCulture, $"{amount} token{(amount == 1 ? "" : "s")}"),
        _ => Calls(amount),
    };

    private static string Calls(long amount) => string.Create(CultureInfo.InvariantCulture, $"{amount} call{(amount == 1 ? "" : "s")}");
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Limits.Ledger;

namespace Serverless.Functions.Limits;

/// <summary>
/// What was used: <c>GET /usage?route=&amp;client=&amp;from=&amp;to=&amp;groupBy=</c>, as JSON or CSV (<c>format=csv</c>, or Accept: text/csv). An operator sees
/// everybody's, anybody else their own.
/// </summary>
public sealed class UsageFunctions(UsageLedger ledger, UsageReader reader, TimeProvider time)
{
    // New ones come last: a sheet that reads columns by their place goes on.
    private static readonly string[] Sums = ["calls", "failed", "prompt_tokens", "cached_tokens", "completion_tokens", "cost_usd", "unpriced", "cancelled"];

    [Function("GetUsage")]
    public async Task<IActionResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "usage")] HttpRequest request)
    {
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var client = Optional(request, "client");
        if (!caller.IsOperator && !caller.IsReader)
        {
            if (client is not null && client != caller.ClientId)
                throw new GatewayException(StatusCodes.Status403Forbidden, new ErrorDetail("operator_required", "Only an operator may see another client's usage.", "permission_error", "client"));
            client = caller.ClientId;
        }

        var now = time.GetUtcNow();
        var to = request.Moment("to", isEnd: true) ?? now.AddSeconds(1);
        var from = request.Moment("from") ?? new DateTimeOffset(to.Year, to.Month, 1, 0, 0, 0, TimeSpan.Zero);
        if (from >= to) throw GatewayException.Invalid("from", "'from' must be before 'to'.");
        if ((to - from).TotalDays > UsageQuery.MaxDays) throw GatewayException.Invalid("from", $"'from' and 'to' may be at most {UsageQuery.MaxDays} days apart.");
        var query = new UsageQuery(from, to, Optional(request, "route"), client, GroupBy(request));
        var isCsv = IsCsv(request);
        await FlushAsync(stop).ConfigureAwait(false);
        var totals = await reader.SumAsync(query, stop).ConfigureAwait(false);
        return isCsv ? new CsvAnswer(Csv(query.GroupBy, totals)) : new JsonAnswer(Json(query, totals));
    }

    /// <summary>This instance's last moments are in what it answers; others' follow within <see cref="LimitOptions.Flush"/>.</summary>
    private async Task FlushAsync(CancellationToken stop)
    {
        try
        {
            await ledger.FlushAsync(stop).ConfigureAwait(false);
        }
        catch (RequestFailedException)
        {
            // What cannot be written now will be; the sums are of what is there.
        }
    }

    private static JsonObject Json(UsageQuery query, IReadOnlyList<UsageTotals> totals)
    {
        var rows = new JsonArray();
        foreach (var sum in totals)
        {
            var row = new JsonObject();
            for (var i = 0; i < query.GroupBy.Count; i++) row[query.GroupBy[i]] = sum.Groups[i];
            row["calls"] = sum.Calls;
            row["failed"] = sum.Failed;
            row["prompt_tokens"] = sum.PromptTokens;
            row["cached_tokens"] = sum.CachedTokens;
            row["completion_tokens"] = sum.CompletionTokens;
            row["cost_usd"] = sum.CostUsd;
            row["unpriced"] = sum.Unpriced;
            row["cancelled"] = sum.Cancelled;
            rows.Add(row);
        }

        return new JsonObject { ["from"] = query.From, ["to"] = query.To, ["usage"] = rows };
    }

    private static string Csv(IReadOnlyList<string> groupBy, IReadOnlyList<UsageTotals> totals)
    {
        var text = new StringBuilder().AppendJoin(',', groupBy.Concat(Sums)).Append("\r\n");
        foreach (var sum in totals)
        {
            text.AppendJoin(',', sum.Groups.Select(Cell)).Append(sum.Groups.Count > 0 ? "," : "").Append(
                CultureInfo.InvariantCulture,
                $"{sum.Calls},{sum.Failed},{sum.PromptTokens},{sum.CachedTokens},{sum.CompletionTokens},{sum.CostUsd},{sum.Unpriced},{sum.Cancelled}\r\n");
        }

        return text.ToString();
    }

    /// <summary>RFC 4180; what a spreadsheet would take for a formula gets an apostrophe.</summary>
    private static string Cell(string value)
    {
        if (value is ['=' or '+' or '-' or '@' or '\t', ..]) value = $"'{value}";
        return value.AsSpan().IndexOfAny(",\"\r\n") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string[] GroupBy(HttpRequest request)
    {
        var groups = (Optional(request, "groupBy") ?? "route,client,day").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (Array.Exists(groups, g => !UsageQuery.Groups.Contains(g)) || groups.Distinct(StringComparer.Ordinal).Count() != groups.Length)
            throw GatewayException.Invalid("groupBy", $"'groupBy' must list, once each and separated by commas, any of: {string.Join(", ", UsageQuery.Groups)}.");
        return groups;
    }

    private static bool IsCsv(HttpRequest request) => Optional(request, "format") switch
    {
        "csv" => true,
        "json" => false,
        null => request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase),
        _ => throw GatewayException.Invalid("format", "'format' must be json or csv."),
    };

    private static string? Optional(HttpRequest request, string name) => request.Query[name] switch
    {
        [] or [null or ""] => null,
        [{ Length: <= 128 } value] => value,
        _ => throw GatewayException.Invalid(name, $"'{name}' must be given once, with at most 128 characters."),
    };
}

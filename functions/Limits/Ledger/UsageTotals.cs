using System.Globalization;

namespace Serverless.Functions.Limits.Ledger;

/// <summary>Sums of usage, for one combination of the groups.</summary>
public sealed class UsageTotals(IReadOnlyList<string> groups)
{
    /// <summary>The values of the groups that were asked for.</summary>
    public IReadOnlyList<string> Groups { get; } = groups;

    public long Calls { get; private set; }

    /// <summary>Calls that the provider or the gateway failed or refused. One whose client left is not among them.</summary>
    public long Failed { get; private set; }

    /// <summary>Calls whose client left, or stopped the answer, before its end. Their tokens and cost are in the sums: the provider has worked for them.</summary>
    public long Cancelled { get; private set; }

    public long PromptTokens { get; private set; }

    public long CachedTokens { get; private set; }

    public long CompletionTokens { get; private set; }

    /// <summary>US dollars of the calls that have a price.</summary>
    public decimal CostUsd { get; private set; }

    /// <summary>Calls without a price.</summary>
    public long Unpriced { get; private set; }

    public static IReadOnlyList<string> KeyOf(UsageRecord record, IReadOnlyList<string> groupBy) => [.. groupBy.Select(group => group switch
    {
        "route" => record.Through ?? record.Route,
        "client" => record.Client,
        "day" => record.Time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        "model" => record.Model,
        "provider" => record.Provider,
        "kind" => record.Kind,
        _ => record.Status,
    })];

    public void Add(UsageRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        // What was asked beside the target that answered is no call of its own; its tokens and cost are.
        if (record.Status != "hedged")
        {
            Calls++;
            if (record.Status is "failed" or "refused") Failed++;
            if (record.Status == "cancelled") Cancelled++;
        }

        PromptTokens += record.PromptTokens;
        CachedTokens += record.CachedTokens;
        CompletionTokens += record.CompletionTokens;
        if (record.CostUsd is { } cost) CostUsd += cost;
        else Unpriced++;
    }
}

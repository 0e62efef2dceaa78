namespace Serverless.Functions.Limits.Ledger;

/// <summary>Which usage is asked for.</summary>
/// <param name="From">The first moment of it.</param>
/// <param name="To">The first moment after it.</param>
/// <param name="GroupBy">Any of <see cref="Groups"/>, in the order of the columns.</param>
public sealed record UsageQuery(DateTimeOffset From, DateTimeOffset To, string? Route, string? Client, IReadOnlyList<string> GroupBy)
{
    public const int MaxDays = 400;

    public static IReadOnlyList<string> Groups { get; } = ["route", "client", "day", "model", "provider", "kind", "status"];

    /// <summary>Whether a record is asked for. A rag route's calls of other routes are its own.</summary>
    public bool Matches(UsageRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Time >= From && record.Time < To
            && (Route is null || record.Route == Route || record.Through == Route)
            && (Client is null || record.Client == Client);
    }
}

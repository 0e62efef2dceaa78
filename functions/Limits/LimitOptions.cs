using Microsoft.Extensions.Configuration;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Limits;

/// <summary>The settings of limits and of the usage ledger.</summary>
public sealed record LimitOptions
{
    /// <summary><c>Limits:RatesWithoutStorage</c>, <c>closed</c> or <c>open</c>: whether calls under limits of calls, tokens or concurrency are admitted uncounted while the counters' storage does not answer. Default closed.</summary>
    public bool RatesOpen { get; init; }

    /// <summary><c>Limits:BudgetsWithoutStorage</c>: the same for calls under a budget. Default closed.</summary>
    public bool BudgetsOpen { get; init; }

    /// <summary><c>Limits:OpenSeconds</c>, 1..3,600: how long into an outage calls are admitted uncounted, where they are. Default 60.</summary>
    public TimeSpan OpenFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>Limits:StorageSeconds</c>, 2..60: how long a call waits for its allowance. Default 5.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>Limits:DefaultMaxTokens</c>, 1..1,000,000: what a request without <c>max_tokens</c> gets where tokens or money are limited. Default 1,024.</summary>
    public int DefaultMaxTokens { get; init; } = 1024;

    /// <summary><c>Usage:FlushSeconds</c>, 0.1..60: usage that a crash may lose. Default 2.</summary>
    public TimeSpan Flush { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary><c>Usage:MaxPending</c>, 100..1,000,000: records that wait in memory while the storage does not take them. Default 100,000.</summary>
    public int MaxPending { get; init; } = 100_000;

    /// <exception cref="InvalidOperationException">A setting is out of its range; the message names the key and what is permitted.</exception>
    public static LimitOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var defaults = new LimitOptions();
        return new LimitOptions
        {
            RatesOpen = IsOpen(configuration, "Limits:RatesWithoutStorage"),
            BudgetsOpen = IsOpen(configuration, "Limits:BudgetsWithoutStorage"),
            OpenFor = configuration.Seconds("Limits:OpenSeconds", 1, 3600, defaults.OpenFor),
            Patience = configuration.Seconds("Limits:StorageSeconds", 2, 60, defaults.Patience),
            DefaultMaxTokens = configuration.WholeNumber("Limits:DefaultMaxTokens", 1, 1_000_000, defaults.DefaultMaxTokens),
            Flush = configuration.Seconds("Usage:FlushSeconds", 0.1, 60, defaults.Flush),
            MaxPending = configuration.WholeNumber("Usage:MaxPending", 100, 1_000_000, defaults.MaxPending),
        };
    }

    private static bool IsOpen(IConfiguration configuration, string key) => configuration[key] switch
    {
        null or "" or "closed" => false,
        "open" => true,
        _ => throw new InvalidOperationException($"Setting '{key}' must be 'closed' or 'open'."),
    };
}

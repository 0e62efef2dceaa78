using System.Text.Json.Serialization;

namespace Serverless.Functions.Routes;

/// <summary>How a route chooses among its targets and how long it waits for them. What is null is as the settings say.</summary>
public sealed record RouteRouting
{
    /// <summary>Whether a client stays with the target that its name falls to, so that a canary's answers do not come and go.</summary>
    public bool Sticky { get; init; }

    /// <summary>Whether an answer that broke off goes on at another target, from the text so far.</summary>
    public bool ContinueElsewhere { get; init; }

    /// <summary>Seconds until a connection is there, 1..60, at most what the settings say.</summary>
    public int? ConnectSeconds { get; init; }

    /// <summary>Seconds to the first token, 1..600.</summary>
    public int? FirstTokenSeconds { get; init; }

    /// <summary>Seconds between two tokens, 1..600.</summary>
    public int? IdleSeconds { get; init; }

    /// <summary>Seconds for the whole answer, 1..3,600.</summary>
    public int? TotalSeconds { get; init; }

    /// <summary>Calls of one target for one request, 1..5.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>Milliseconds without a first token after which a second target is asked, 10..60,000; where a percentile is named too, as long as it is not known.</summary>
    public int? HedgeAfterMs { get; init; }

    /// <summary>Of a hundred first tokens, how many have come when a second target is asked, 50..99.</summary>
    public int? HedgePercentile { get; init; }

    /// <summary>Seconds between two questions whether a target is there, 5..3,600; null for none.</summary>
    public int? ProbeSeconds { get; init; }

    /// <summary>Whether targets are asked also while nobody uses the route.</summary>
    public bool ProbeWhenIdle { get; init; }

    /// <summary>Whether a late target has a second one asked.</summary>
    [JsonIgnore]
    public bool IsHedged => HedgeAfterMs is not null || HedgePercentile is not null;
}

using System.Text.Json.Serialization;

namespace Serverless.Functions.Routes;

/// <summary>One of a route's targets.</summary>
/// <param name="Weight">Its share among the targets of its priority, 0..1,000; 0 is only a fallback.</param>
/// <param name="Priority">0..100: targets of a higher number are asked when those before have failed.</param>
public sealed record RouteTarget(RouteModel Model, int Weight = 1, int Priority = 0)
{
    /// <summary>Seconds until a connection is there, 1..60; null as the route says.</summary>
    public int? ConnectSeconds { get; init; }

    /// <summary>Seconds to the first token, 1..600; null as the route says.</summary>
    public int? FirstTokenSeconds { get; init; }

    /// <summary>Seconds between two tokens, 1..600; null as the route says.</summary>
    public int? IdleSeconds { get; init; }

    /// <summary>Whether it has a limit of its own.</summary>
    [JsonIgnore]
    public bool HasLimits => ConnectSeconds is not null || FirstTokenSeconds is not null || IdleSeconds is not null;
}

namespace Serverless.Functions.Routes;

/// <summary>A target of a route as callers see it.</summary>
public sealed record RouteTargetView(string Name, string Provider, int Weight, int Priority, int? ConnectSeconds, int? FirstTokenSeconds, int? IdleSeconds)
{
    /// <summary>Which of several keys it is asked with; null for the only one, or the first.</summary>
    public string? Account { get; init; }
}

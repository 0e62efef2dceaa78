namespace Serverless.Functions.Routes;

/// <summary>A target of a route as callers see it.</summary>
public sealed record RouteTargetView(string Name, string Provider, int Weight, int Priority, int? ConnectSeconds, int? FirstTokenSeconds, int? IdleSeconds);

namespace Serverless.Functions.Routes;

/// <summary>One of a route's targets.</summary>
/// <param name="Weight">Its share among the targets of its priority, 0..1,000; 0 is only a fallback.</param>
/// <param name="Priority">0..100: targets of a higher number are asked when those before have failed.</param>
public sealed record RouteTarget(RouteModel Model, int Weight = 1, int Priority = 0);

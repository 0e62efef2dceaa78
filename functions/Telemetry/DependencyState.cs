namespace Serverless.Functions.Telemetry;

/// <summary>How a service that the app stands on answered.</summary>
/// <param name="Name"><c>storage</c>, <c>search</c>, <c>vault</c> or <c>worker</c>.</param>
/// <param name="Status"><c>ok</c> or <c>down</c>.</param>
/// <param name="LatencyMs">Until the answer, or until it was given up.</param>
/// <param name="Reason">The class of the failure: <c>timeout</c>, <c>unreachable</c>, <c>status_503</c>, <c>failed</c>; null when it is ok.</param>
public sealed record DependencyState(string Name, string Status, double LatencyMs, string? Reason = null);

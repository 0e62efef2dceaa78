namespace Serverless.Functions.Telemetry;

/// <summary>Whether the app can do its work.</summary>
/// <param name="Status"><c>ready</c>; <c>degraded</c> when something that some requests need is down; <c>not_ready</c> when nothing works.</param>
public sealed record Readiness(string Status, DateTimeOffset CheckedAt, IReadOnlyList<DependencyState> Dependencies);

namespace Serverless.Functions.Telemetry;

/// <summary>A service that the app stands on.</summary>
/// <param name="IsVital">Whether nothing works without it.</param>
/// <param name="AskAsync">Asks something cheap of it; throws when it does not answer as it should.</param>
public sealed record DependencyProbe(string Name, bool IsVital, Func<CancellationToken, Task> AskAsync);

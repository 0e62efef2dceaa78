namespace Serverless.Infra.Hooks;

/// <param name="Stops">Whether the deployment would fail; otherwise it is good to know.</param>
public sealed record Finding(bool Stops, string Text);

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>The orchestration's input.</summary>
/// <param name="Seconds">How long to wait before the next look.</param>
/// <param name="ToldAt">When it was told last since it began; null: not yet.</param>
public sealed record IdleWork(string Collection, int Seconds = 5, DateTimeOffset? ToldAt = null);

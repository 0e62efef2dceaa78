namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>An activity's outcome in an instance's history: JSON, as it would be stored.</summary>
internal sealed record RecordedActivity(string Name, string Input, string? Output, Exception? Failure);

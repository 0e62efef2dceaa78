namespace Serverless.Functions.Limits.Leases;

/// <summary>The storage's time lies between the two.</summary>
public readonly record struct ClockReading(DateTimeOffset Earliest, DateTimeOffset Latest);

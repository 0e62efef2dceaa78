namespace Serverless.Functions.Streaming;

/// <summary>A caller who comes back to a stream.</summary>
/// <param name="Next">The number of the first message that the caller does not have, from 0.</param>
/// <param name="ConnectionId">A connection of the caller's own; null: all of the caller's.</param>
public sealed record StreamResumption(long Next, string? ConnectionId);

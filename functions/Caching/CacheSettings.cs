namespace Serverless.Functions.Caching;

/// <summary>A route's response cache.</summary>
/// <param name="TtlSeconds">How long an answer is given again, 1..86,400.</param>
/// <param name="Shared">Whether one client may get the answer to another's question.</param>
public sealed record CacheSettings(int TtlSeconds, bool Shared = false);

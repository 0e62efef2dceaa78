namespace Serverless.Functions.Clients;

/// <summary>One of a client's keys as operators and readers see it: by its id, never itself.</summary>
public sealed record KeyView(string Id, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

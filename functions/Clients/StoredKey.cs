namespace Serverless.Functions.Clients;

/// <summary>One of a client's keys as it is stored.</summary>
public sealed record StoredKey
{
    /// <summary>Names the key among its client's: the first 12 digits of its hash.</summary>
    public string Id => Hash.IsNone ? "" : Hash.ToString()[..12];

    /// <summary>SHA-256 of the whole key. The key has 256 random bits, so a slow hash would add nothing.</summary>
    public required KeyDigest Hash { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public static StoredKey Of(string key, DateTimeOffset now, DateTimeOffset? expiresAt = null) => new() { Hash = KeyDigest.Of(key), CreatedAt = now, ExpiresAt = expiresAt };

    public bool IsGood(DateTimeOffset now) => ExpiresAt is null || ExpiresAt > now;

    public override string ToString() => Id;
}

namespace Serverless.Functions.Clients;

/// <summary>One of a client's keys as it is stored.</summary>
public sealed record StoredKey
{
    /// <summary>Names the key among its client's: the first 12 digits of its hash.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the whole key, hexadecimal. The key has 256 random bits, so a slow hash would add nothing.</summary>
    public required string Hash { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public static StoredKey Of(string key, DateTimeOffset now, DateTimeOffset? expiresAt = null)
    {
        var hash = ClientKey.Hash(key);
        return new StoredKey { Id = hash[..12], Hash = hash, CreatedAt = now, ExpiresAt = expiresAt };
    }

    public bool IsGood(DateTimeOffset now) => ExpiresAt is null || ExpiresAt > now;

    public override string ToString() => Id;
}

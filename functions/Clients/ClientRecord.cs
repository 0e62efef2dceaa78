using System.Globalization;
using System.Text.Json.Serialization;

namespace Serverless.Functions.Clients;

/// <summary>A client as it is stored: of its keys, only the SHA-256.</summary>
public sealed record ClientRecord
{
    /// <summary>Keys that a client may have at once.</summary>
    public const int MaxKeys = 10;

    public required string Id { get; init; }

    public required string Name { get; init; }

    public IReadOnlyList<StoredKey> Keys { get; init; } = [];

    /// <summary>The one key of a client that an older release wrote.</summary>
    public string? KeyHash { get; init; }

    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>As older releases wrote it; <see cref="Role"/> says more.</summary>
    public bool IsOperator { get; init; }

    public ClientRole Role { get; init; }

    /// <summary>Null means all routes.</summary>
    public IReadOnlyList<string>? AllowedRoutes { get; init; }

    /// <summary>Null means all collections that the groups permit.</summary>
    public IReadOnlyList<string>? AllowedCollections { get; init; }

    /// <summary>Null means all models.</summary>
    public IReadOnlyList<string>? AllowedModels { get; init; }

    /// <summary>Null means all upstream MCP servers that the groups permit.</summary>
    public IReadOnlyList<string>? AllowedMcpServers { get; init; }

    /// <summary>Whom of the tenant it stands for; null for one that has keys only.</summary>
    public EntraIdentity? Entra { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>From when on none of its keys is taken; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Switched off without being deleted.</summary>
    public bool Disabled { get; init; }

    /// <summary>What stays of a client that was deleted where an older release's list may still have it.</summary>
    public bool Deleted { get; init; }

    /// <summary>All keys, the older release's too.</summary>
    [JsonIgnore]
    public IReadOnlyList<StoredKey> AllKeys => KeyHash is { } hash ? [new StoredKey { Hash = KeyDigest.Parse(hash), CreatedAt = RotatedAt ?? CreatedAt }, .. Keys] : Keys;

    [JsonIgnore]
    public ClientRole EffectiveRole => IsOperator ? ClientRole.Operator : Role;

    /// <summary>Whether a key is one of the client's and good at this time.</summary>
    public bool Takes(string key, DateTimeOffset now)
    {
        // All are compared, so that the time tells nothing of which.
        var (found, digest) = (false, KeyDigest.Of(key));
        foreach (var stored in AllKeys) found |= stored.Hash.Matches(digest) & stored.IsGood(now);
        return found && IsActive(now);
    }

    /// <summary>Why one of the client's keys is not taken at this time, for whoever has the key; null for a key that is not the client's, or is taken.</summary>
    public string? WhyNot(string key, DateTimeOffset now)
    {
        var digest = KeyDigest.Of(key);
        if (Deleted || AllKeys.FirstOrDefault(k => k.Hash.Matches(digest)) is not { } stored) return null;
        if (stored.ExpiresAt <= now) return $"This key was good until {At(stored.ExpiresAt)}.";
        if (ExpiresAt <= now) return $"This key's client was good until {At(ExpiresAt)}.";
        return Disabled ? "This key's client is disabled." : null;

        static string At(DateTimeOffset? time) => time!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>Whether anybody may come as it at this time.</summary>
    public bool IsActive(DateTimeOffset now) => !Disabled && !Deleted && (ExpiresAt is null || ExpiresAt > now);

    /// <summary>The same in less memory, as it is held for each of very many: parsing gives lists room to grow.</summary>
    internal ClientRecord Packed() => this with { Keys = Keys.ToArray(), Groups = Groups.ToArray() };

    public Caller ToCaller() => new(Id, Groups, EffectiveRole == ClientRole.Operator)
    {
        IsReader = EffectiveRole == ClientRole.Reader,
        AllowedRoutes = AllowedRoutes,
        AllowedCollections = AllowedCollections,
        AllowedModels = AllowedModels,
        AllowedMcpServers = AllowedMcpServers,
    };

    public override string ToString() => Id;
}

using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.Local.KeyVault;

/// <summary>What Key Vault does with secrets: versions, soft delete, recovery, purge, backup. Thread-safe.</summary>
internal sealed partial class Vault(SecretStore store, MovingSecrets moving, TimeProvider time)
{
    /// <summary>How long a deleted secret can be recovered.</summary>
    public const int RecoverableDays = 90;

    private readonly Lock _lock = new();

    public SecretVersion Set(string vault, string name, SecretChange change)
    {
        if (!NamePattern().IsMatch(name))
            throw KeyVaultException.BadParameter($"The request URI contains an invalid name: {name}. 1 to 127 letters, digits and dashes are permitted.");
        if (change.Value is null)
            throw KeyVaultException.BadParameter("The property 'value' is required.");
        lock (_lock)
        {
            moving.ThrowIfMoving(vault, name);
            if (State(vault, name) is { DeletedAt: not null })
                throw Recoverable(name);
            var now = Now();
            var version = new SecretVersion(
                name, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), change.Value, change.ContentType, change.Tags,
                change.Attributes?.Enabled ?? true, change.Attributes?.NotBefore, change.Attributes?.Expires, now, now);
            store.Write(vault, name, [version]);
            return version;
        }
    }

    /// <param name="version">Null: the newest that is enabled.</param>
    public SecretVersion Get(string vault, string name, string? version)
    {
        lock (_lock)
        {
            var versions = Live(vault, name);
            var found = version is null ? versions.LastOrDefault(item => item.Enabled) ?? versions[^1] : Find(versions, name, version);
            return found.Enabled ? found : throw new KeyVaultException(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled");
        }
    }

    public SecretVersion Update(string vault, string name, string version, SecretChange change)
    {
        lock (_lock)
        {
            var found = Find(Live(vault, name), name, version);
            var updated = found with
            {
                ContentType = change.ContentType ?? found.ContentType,
                Tags = change.Tags ?? found.Tags,
                Enabled = change.Attributes?.Enabled ?? found.Enabled,
                NotBefore = change.Attributes?.NotBefore ?? found.NotBefore,
                Expires = change.Attributes?.Expires ?? found.Expires,
                Updated = Now(),
            };
            store.Write(vault, name, [updated]);
            return updated;
        }
    }

    public DeletedSecret Delete(string vault, string name)
    {
        lock (_lock)
        {
            moving.ThrowIfMoving(vault, name);
            var current = Live(vault, name)[^1];
            var now = Now();
            var purgeAt = now + (RecoverableDays * 86_400L);
            store.MarkDeleted(vault, name, now, purgeAt);
            moving.Begin(vault, name, isDeletion: true);
            return new DeletedSecret(current, now, purgeAt);
        }
    }

    public DeletedSecret GetDeleted(string vault, string name)
    {
        lock (_lock)
        {
            var (deletedAt, purgeAt) = ThrowUnlessDeleted(vault, name);
            // Accepted, and not there yet.
            if (moving.IsMoving(vault, name)) throw KeyVaultException.NotFound(name);
            return new DeletedSecret(store.Versions(vault, name)[^1], deletedAt, purgeAt);
        }
    }

    public SecretVersion Recover(string vault, string name)
    {
        lock (_lock)
        {
            moving.ThrowIfMoving(vault, name);
            ThrowUnlessDeleted(vault, name);
            store.MarkDeleted(vault, name, null, null);
            moving.Begin(vault, name, isDeletion: false);
            return store.Versions(vault, name)[^1];
        }
    }

    public void Purge(string vault, string name)
    {
        lock (_lock)
        {
            moving.ThrowIfMoving(vault, name);
            ThrowUnlessDeleted(vault, name);
            store.Purge(vault, name);
        }
    }

    /// <summary>The newest version of each live secret, by name.</summary>
    public IReadOnlyList<SecretVersion> List(string vault, string after, int limit)
    {
        lock (_lock)
        {
            store.PurgeDue(Now());
            return [.. store.Names(vault, deleted: false, after, limit).Select(name => store.Versions(vault, name)[^1])];
        }
    }

    public IReadOnlyList<DeletedSecret> ListDeleted(string vault, string after, int limit)
    {
        lock (_lock)
        {
            store.PurgeDue(Now());
            return [.. store.Names(vault, deleted: true, after, limit).Where(name => !moving.IsMoving(vault, name)).Select(name => GetDeleted(vault, name))];
        }
    }

    public IReadOnlyList<SecretVersion> ListVersions(string vault, string name, string after, int limit)
    {
        lock (_lock)
            return [.. Live(vault, name).OrderBy(item => item.Version, StringComparer.Ordinal).Where(item => string.CompareOrdinal(item.Version, after) > 0).Take(limit)];
    }

    public byte[] Backup(string vault, string name)
    {
        lock (_lock)
            return store.Protect(Live(vault, name));
    }

    public SecretVersion Restore(string vault, byte[] backup)
    {
        IReadOnlyList<SecretVersion> versions;
        try
        {
            versions = store.Unprotect(backup);
        }
        catch (Exception wrong) when (wrong is CryptographicException or JsonException)
        {
            throw KeyVaultException.BadParameter("The property 'value' is no backup of this key vault.");
        }

        var name = versions[^1].Name;
        lock (_lock)
        {
            moving.ThrowIfMoving(vault, name);
            if (State(vault, name) is { } state)
                throw state.DeletedAt is null ? new KeyVaultException(409, "Conflict", $"Secret {name} already exists.") : Recoverable(name);
            store.Write(vault, name, versions);
            return versions[^1];
        }
    }

    private static SecretVersion Find(IReadOnlyList<SecretVersion> versions, string name, string version) =>
        versions.FirstOrDefault(item => string.Equals(item.Version, version, StringComparison.OrdinalIgnoreCase)) ?? throw KeyVaultException.NotFound($"{name}/{version}");

    private static KeyVaultException Recoverable(string name) => new(
        409, "Conflict", $"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.", "ObjectIsDeletedButRecoverable");

    private IReadOnlyList<SecretVersion> Live(string vault, string name) =>
        State(vault, name) is { DeletedAt: null } && !moving.IsMoving(vault, name) ? store.Versions(vault, name) : throw KeyVaultException.NotFound(name);

    private (long DeletedAt, long PurgeAt) ThrowUnlessDeleted(string vault, string name) =>
        State(vault, name) is { DeletedAt: { } deletedAt, PurgeAt: { } purgeAt } ? (deletedAt, purgeAt) : throw KeyVaultException.NotFound(name);

    private (long? DeletedAt, long? PurgeAt)? State(string vault, string name)
    {
        store.PurgeDue(Now());
        return store.FindSecret(vault, name);
    }

    private long Now() => time.GetUtcNow().ToUnixTimeSeconds();

    [GeneratedRegex("^[0-9a-zA-Z-]{1,127}$")]
    private static partial Regex NamePattern();
}

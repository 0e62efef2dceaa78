using System.Text.Json;
using Microsoft.Data.Sqlite;
using Serverless.Local.CommandLine;
using Serverless.Local.Storage;

namespace Serverless.Local.KeyVault;

/// <summary>Rows of secrets and their versions in SQLite, values encrypted. Its caller holds one lock.</summary>
internal sealed class SecretStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SecretCipher _cipher;

    /// <exception cref="LocalException">The database is damaged or gone, or the key that encrypts its secrets is; names the file.</exception>
    public SecretStore(string folder)
    {
        var path = Path.Combine(folder, "keyvault.db");
        _connection = DatabaseFile.Open(path, """
            PRAGMA journal_mode = WAL;
            PRAGMA secure_delete = ON;
            CREATE TABLE IF NOT EXISTS secrets (vault TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, deleted_at INTEGER, purge_at INTEGER, PRIMARY KEY (vault, name));
            CREATE TABLE IF NOT EXISTS versions (
                ordinal INTEGER PRIMARY KEY AUTOINCREMENT, vault TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, version TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (vault, name, version),
                FOREIGN KEY (vault, name) REFERENCES secrets (vault, name) ON DELETE CASCADE);
            """);
        try
        {
            using var any = _connection.Command("SELECT vault, name FROM versions LIMIT 1");
            using var first = any.ExecuteReader();
            var hasSecrets = first.Read();
            var key = Path.Combine(folder, "keyvault.key");
            _cipher = SecretCipher.Open(key, mayCreate: !hasSecrets);
            if (hasSecrets) ThrowUnlessFits(first.GetString(0), first.GetString(1), key);
        }
        catch (Exception e)
        {
            _cipher?.Dispose();
            _connection.Dispose();
            if (e is SqliteException) throw DatabaseFile.Explained(path, e);
            throw;
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _cipher.Dispose();
    }

    /// <summary>Null deletion times: the secret is live. Null itself: there is none.</summary>
    public (long? DeletedAt, long? PurgeAt)? FindSecret(string vault, string name)
    {
        using var command = _connection.Command("SELECT deleted_at, purge_at FROM secrets WHERE vault = $vault AND name = $name", ("$vault", vault), ("$name", name));
        using var reader = command.ExecuteReader();
        if (!reader.Read())
            return null;
        return reader.IsDBNull(0) ? (null, null) : (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Names in order, after <paramref name="after"/>.</summary>
    public IReadOnlyList<string> Names(string vault, bool deleted, string after, int limit)
    {
        using var command = _connection.Command(
            "SELECT name FROM secrets WHERE vault = $vault AND (deleted_at IS NOT NULL) = $deleted AND name > $after ORDER BY name LIMIT $limit",
            ("$vault", vault), ("$deleted", deleted ? 1 : 0), ("$after", after), ("$limit", limit));
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SecretVersion> Versions(string vault, string name)
    {
        using var command = _connection.Command("SELECT version, body FROM versions WHERE vault = $vault AND name = $name ORDER BY ordinal", ("$vault", vault), ("$name", name));
        using var reader = command.ExecuteReader();
        var versions = new List<SecretVersion>();
        while (reader.Read())
            versions.Add(JsonSerializer.Deserialize<SecretVersion>(_cipher.Decrypt((byte[])reader[1], Context(vault, name, reader.GetString(0))))!);
        return versions;
    }

    /// <summary>Adds or replaces versions, all or none.</summary>
    public void Write(string vault, string name, IEnumerable<SecretVersion> versions)
    {
        using var transaction = _connection.BeginTransaction();
        _connection.Execute("INSERT INTO secrets (vault, name) VALUES ($vault, $name) ON CONFLICT DO NOTHING", ("$vault", vault), ("$name", name));
        foreach (var version in versions)
            _connection.Execute(
                "INSERT INTO versions (vault, name, version, body) VALUES ($vault, $name, $version, $body) ON CONFLICT (vault, name, version) DO UPDATE SET body = $body",
                ("$vault", vault), ("$name", name), ("$version", version.Version), ("$body", _cipher.Encrypt(JsonSerializer.SerializeToUtf8Bytes(version), Context(vault, name, version.Version))));
        transaction.Commit();
    }

    public void MarkDeleted(string vault, string name, long? deletedAt, long? purgeAt) => _connection.Execute(
        "UPDATE secrets SET deleted_at = $deleted, purge_at = $purge WHERE vault = $vault AND name = $name",
        ("$vault", vault), ("$name", name), ("$deleted", (object?)deletedAt ?? DBNull.Value), ("$purge", (object?)purgeAt ?? DBNull.Value));

    public void Purge(string vault, string name) => _connection.Execute("DELETE FROM secrets WHERE vault = $vault AND name = $name", ("$vault", vault), ("$name", name));

    /// <summary>Purges what has been deleted for as long as it can be recovered.</summary>
    public void PurgeDue(long now) => _connection.Execute("DELETE FROM secrets WHERE purge_at <= $now", ("$now", now));

    /// <summary>What a backup holds: opaque to its keeper, readable by this emulator only.</summary>
    public byte[] Protect(IReadOnlyList<SecretVersion> versions) => _cipher.Encrypt(JsonSerializer.SerializeToUtf8Bytes(versions), "backup");

    /// <exception cref="System.Security.Cryptography.CryptographicException">No backup of this emulator's.</exception>
    public IReadOnlyList<SecretVersion> Unprotect(byte[] backup) => JsonSerializer.Deserialize<SecretVersion[]>(_cipher.Decrypt(backup, "backup"))!;

    /// <summary>A key of the right length that opens nothing is a damaged key.</summary>
    private void ThrowUnlessFits(string vault, string name, string key)
    {
        try
        {
            _ = Versions(vault, name);
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            throw new LocalException($"{key} does not open the secrets beside it. Put back a copy of its folder, or start with --fresh to begin anew.");
        }
    }

    private static string Context(string vault, string name, string version) => $"{vault}/{name.ToLowerInvariant()}/{version}";
}

using Microsoft.Data.Sqlite;

namespace Serverless.Local.Storage;

/// <summary>Which blobs have been told of, with their ETags, and which lately as deleted, in SQLite. Owned by one event source.</summary>
internal sealed class BlobSnapshot : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, string> _etags = new(StringComparer.Ordinal);

    public BlobSnapshot(string path, string container)
    {
        Container = container;
        _connection = DatabaseFile.Open(path, """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS blobs (container TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL, PRIMARY KEY (container, name)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS deleted (container TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (container, name)) WITHOUT ROWID;
            """);
        using var read = _connection.Command("SELECT name, etag FROM blobs WHERE container = $container", ("$container", container));
        using var rows = read.ExecuteReader();
        while (rows.Read())
            _etags[rows.GetString(0)] = rows.GetString(1);
    }

    public string Container { get; }

    public IReadOnlyDictionary<string, string> ETags => _etags;

    /// <summary>Blobs that were told of as deleted at that time or later; what was earlier is forgotten.</summary>
    public IReadOnlyList<string> DeletedSince(DateTimeOffset since)
    {
        _connection.Execute("DELETE FROM deleted WHERE container = $container AND at < $since", ("$container", Container), ("$since", since.UtcTicks));
        using var read = _connection.Command("SELECT name FROM deleted WHERE container = $container", ("$container", Container));
        using var rows = read.ExecuteReader();
        var names = new List<string>();
        while (rows.Read()) names.Add(rows.GetString(0));
        return names;
    }

    /// <summary>Remembers that these have been told of, all or none; a null ETag is a deleted blob.</summary>
    public void Remember(IEnumerable<(string Name, string? ETag)> told, DateTimeOffset at)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var (name, etag) in told)
        {
            if (etag is null)
            {
                _connection.Execute("DELETE FROM blobs WHERE container = $container AND name = $name", ("$container", Container), ("$name", name));
                _connection.Execute(
                    "INSERT INTO deleted (container, name, at) VALUES ($container, $name, $at) ON CONFLICT (container, name) DO UPDATE SET at = $at",
                    ("$container", Container), ("$name", name), ("$at", at.UtcTicks));
                _etags.Remove(name);
            }
            else
            {
                _connection.Execute(
                    "INSERT INTO blobs (container, name, etag) VALUES ($container, $name, $etag) ON CONFLICT (container, name) DO UPDATE SET etag = $etag",
                    ("$container", Container), ("$name", name), ("$etag", etag));
                _etags[name] = etag;
            }
        }

        transaction.Commit();
    }

    public void Dispose() => _connection.Dispose();
}

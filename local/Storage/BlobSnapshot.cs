using Microsoft.Data.Sqlite;

namespace Serverless.Local.Storage;

/// <summary>Which blobs have been told of, with their ETags, in SQLite. Owned by one event source.</summary>
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
            """);
        using var read = _connection.Command("SELECT name, etag FROM blobs WHERE container = $container", ("$container", container));
        using var rows = read.ExecuteReader();
        while (rows.Read())
            _etags[rows.GetString(0)] = rows.GetString(1);
    }

    public string Container { get; }

    public IReadOnlyDictionary<string, string> ETags => _etags;

    /// <summary>Remembers that these have been told of, all or none; a null ETag is a deleted blob.</summary>
    public void Remember(IEnumerable<(string Name, string? ETag)> told)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var (name, etag) in told)
        {
            if (etag is null)
            {
                _connection.Execute("DELETE FROM blobs WHERE container = $container AND name = $name", ("$container", Container), ("$name", name));
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

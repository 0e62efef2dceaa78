using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Serverless.Local.Durable.Storage;

/// <summary>Opens connections to the engine's SQLite file and lays out its tables.</summary>
/// <remarks>
/// WAL with synchronous=FULL: a commit is on the disk before anybody hears of it, so neither kill -9 nor a power cut loses a step.
/// The price, one fsync a commit, is shared: <see cref="DurableWriter"/> commits what came in meanwhile together.
/// </remarks>
internal sealed class DurableDatabase(string path)
{
    private const int SchemaVersion = 1;

    private const string Schema = """
        CREATE TABLE instances (
          instance_id TEXT NOT NULL PRIMARY KEY,
          execution_id TEXT NOT NULL,
          name TEXT NOT NULL,
          status INTEGER NOT NULL,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL,
          input TEXT, output TEXT, custom_status TEXT, failure TEXT, tags TEXT,
          parent_id TEXT, parent_execution TEXT, parent_name TEXT, parent_task INTEGER);
        CREATE INDEX instances_by_creation ON instances (created_at, instance_id);
        CREATE INDEX instances_by_parent ON instances (parent_id) WHERE parent_id IS NOT NULL;
        CREATE TABLE history (
          instance_id TEXT NOT NULL, seq INTEGER NOT NULL,
          kind INTEGER NOT NULL, task_id INTEGER NOT NULL, name TEXT, data TEXT, target TEXT, at INTEGER NOT NULL,
          PRIMARY KEY (instance_id, seq)) WITHOUT ROWID;
        CREATE TABLE inbox (
          id INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT,
          kind INTEGER NOT NULL, task_id INTEGER NOT NULL, name TEXT, data TEXT);
        CREATE INDEX inbox_by_instance ON inbox (instance_id, id);
        CREATE TABLE activities (
          id INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL,
          task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT);
        CREATE TABLE timers (
          instance_id TEXT NOT NULL, task_id INTEGER NOT NULL, execution_id TEXT NOT NULL, fire_at INTEGER NOT NULL,
          PRIMARY KEY (instance_id, task_id)) WITHOUT ROWID;
        CREATE INDEX timers_by_time ON timers (fire_at);
        """;

    static DurableDatabase() => SQLitePCL.Batteries_V2.Init();

    /// <summary>Creates the file and its tables where they are missing.</summary>
    /// <exception cref="InvalidDataException">The file was made by a newer version of this program.</exception>
    public void Prepare()
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        var version = Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        if (version == SchemaVersion) return;
        if (version != 0)
        {
            throw new InvalidDataException($"The durable state in {path} has layout {version}; this version reads layout {SchemaVersion}. Use another data folder or remove the file.");
        }

        command.CommandText = $"BEGIN IMMEDIATE; {Schema} PRAGMA user_version = {SchemaVersion}; COMMIT;";
        command.ExecuteNonQuery();
    }

    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 30 }.ToString());
        connection.Open();
        using var pragmas = connection.CreateCommand();
        pragmas.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;";
        pragmas.ExecuteNonQuery();
        return connection;
    }
}

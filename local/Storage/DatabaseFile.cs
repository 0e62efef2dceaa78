using Microsoft.Data.Sqlite;
using Serverless.Local.CommandLine;

namespace Serverless.Local.Storage;

/// <summary>
/// Opens an emulator's SQLite file so that a damaged, emptied or deleted one is said, with what to do, and never begun anew in silence: a file
/// NAME.made beside it tells that it was made here.
/// </summary>
internal static class DatabaseFile
{
    /// <summary>A larger file is not checked as a whole at the start: reading it is what finds its damage.</summary>
    private const long MostToCheck = 32 * 1024 * 1024;

    /// <param name="path">The file; made where it never was.</param>
    /// <param name="schema">SQL that makes what is missing of its tables.</param>
    /// <exception cref="LocalException">The file is damaged, gone or cannot be written.</exception>
    public static SqliteConnection Open(string path, string schema)
    {
        SQLitePCL.Batteries_V2.Init();
        var made = path + ".made";
        var file = new FileInfo(path);
        if (File.Exists(made) && (!file.Exists || file.Length == 0)) throw Damaged(path, file.Exists ? "is empty" : "is gone");
        var connection = Connection(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            if (WriteAheadLog.IsDamaged(path)) throw DamagedLog(path + "-wal");
            if (file is { Exists: true, Length: > 0 and <= MostToCheck }) Check(path);
            connection.Open();
            connection.Execute(schema);

            // What the log holds goes into the file now: afterwards a file without its log still tells of all that was there at the start.
            connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            if (!File.Exists(made)) File.WriteAllBytes(made, []);
            return connection;
        }
        catch (Exception e)
        {
            connection.Dispose();
            if (e is SqliteException or IOException or UnauthorizedAccessException) throw Explained(path, e);
            throw;
        }
    }

    /// <summary>What a failure of the file means for the person at the terminal: one line.</summary>
    public static LocalException Explained(string path, Exception failure) => failure is SqliteException sqlite
        ? sqlite.SqliteErrorCode switch
        {
            SQLitePCL.raw.SQLITE_FULL => new LocalException($"{path} cannot be written: its disk is full. Free some space, then start again."),
            SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => Damaged(path, "is damaged"),
            _ => new LocalException($"{path} cannot be used (SQLite {sqlite.SqliteErrorCode}). See that its folder can be written and its disk has space, then start again."),
        }
        : new LocalException($"{path} cannot be written ({failure.GetType().Name}). See that its folder can be written and its disk has space, then start again.");

    /// <summary>The file holds what cannot be read.</summary>
    public static LocalException Damaged(string path, string how) =>
        new($"{path} {how}. Put back a copy of its folder, or start with --fresh to begin anew.");

    private static LocalException DamagedLog(string log) =>
        new($"{log} is damaged: not all of the last changes can be read. Put back a copy of its folder, start with --fresh to begin anew, or delete the file to go on without them.");

    /// <summary>Without a word to the file: a connection that could write would copy the log of a damaged file into it, or away, when it closes.</summary>
    private static void Check(string path)
    {
        using var connection = Connection(path, SqliteOpenMode.ReadOnly);
        connection.Open();
        using var check = connection.Command("PRAGMA quick_check(1)");
        if (check.ExecuteScalar() as string is not "ok") throw Damaged(path, "is damaged");
    }

    private static SqliteConnection Connection(string path, SqliteOpenMode mode) =>
        new(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, ForeignKeys = true }.ToString());
}

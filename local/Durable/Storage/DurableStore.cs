using System.Collections.Concurrent;

namespace Serverless.Local.Durable.Storage;

/// <summary>The engine's state: one writer, readers as they are needed, and the lock that keeps a second process out.</summary>
internal sealed class DurableStore : IAsyncDisposable
{
    private readonly DurableDatabase _database;
    private readonly FileStream _lock;
    private readonly ConcurrentBag<Statements> _readers = [];
    private readonly DurableWriter _writer;
    private volatile bool _closed;

    private DurableStore(DurableDatabase database, FileStream fileLock, Action<UnitOfWork> committed, Action<string>? faultPoint)
    {
        _database = database;
        _lock = fileLock;
        FaultPoint = faultPoint;
        _writer = new(new Statements(database.Open(), faultPoint), committed, faultPoint);
    }

    /// <summary>Called at every numbered point where a test may end the engine; null in use.</summary>
    public Action<string>? FaultPoint { get; }

    /// <exception cref="InvalidOperationException">Another process uses the file.</exception>
    public static DurableStore Open(string path, Action<UnitOfWork> committed, Action<string>? faultPoint)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        var fileLock = Lock(path);
        try
        {
            var database = new DurableDatabase(path);
            database.Prepare();
            return new(database, fileLock, committed, faultPoint);
        }
        catch
        {
            fileLock.Dispose();
            throw;
        }
    }

    /// <summary>Runs <paramref name="work"/> all-or-nothing; done when it is on the disk.</summary>
    public Task<T> WriteAsync<T>(Func<UnitOfWork, T> work) => _writer.WriteAsync(work);

    /// <summary>Reads one consistent snapshot.</summary>
    public T Read<T>(Func<Statements, T> read)
    {
        if (_closed) throw new EngineStoppedException();
        if (!_readers.TryTake(out var sql)) sql = new Statements(_database.Open());
        try
        {
            sql.Execute("BEGIN");
            try
            {
                return read(sql);
            }
            finally
            {
                sql.Execute("COMMIT");
            }
        }
        finally
        {
            if (_closed) sql.Dispose();
            else _readers.Add(sql);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await _writer.DisposeAsync().ConfigureAwait(false);
        while (_readers.TryTake(out var sql)) sql.Dispose();
        await _lock.DisposeAsync().ConfigureAwait(false);
    }

    private static FileStream Lock(string path)
    {
        try
        {
            // The kernel drops it when the process dies, whatever way.
            return new(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"The durable state in {path} is in use by another process, or its folder cannot be written: {e.Message}", e);
        }
    }
}

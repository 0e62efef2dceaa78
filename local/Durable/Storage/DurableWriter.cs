using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Serverless.Local.Durable.Storage;

/// <summary>
/// The one writer of the file. Units that wait while a commit is on its way to the disk go into the next transaction together,
/// each in its own savepoint, so that an fsync serves many and every unit stays all-or-nothing.
/// </summary>
internal sealed class DurableWriter : IAsyncDisposable
{
    private const int MaxUnitsPerCommit = 256;
    private const int ConstraintViolated = 19;

    private readonly Channel<Unit> _units = Channel.CreateUnbounded<Unit>(new() { SingleReader = true });
    private readonly Statements _sql;
    private readonly Action<UnitOfWork> _committed;
    private readonly Action<string>? _faultPoint;
    private readonly Task _loop;
    private Exception? _dead;

    /// <param name="sql">The write connection; owned.</param>
    /// <param name="committed">Told of every committed unit, in order, before its caller goes on.</param>
    public DurableWriter(Statements sql, Action<UnitOfWork> committed, Action<string>? faultPoint)
    {
        _sql = sql;
        _committed = committed;
        _faultPoint = faultPoint;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Runs <paramref name="work"/> in a transaction; done when it is on the disk.</summary>
    public Task<T> WriteAsync<T>(Func<UnitOfWork, T> work)
    {
        var unit = new Unit<T>(work);
        if (!_units.Writer.TryWrite(unit)) throw new EngineStoppedException();
        return unit.Done;
    }

    public async ValueTask DisposeAsync()
    {
        _units.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
        _sql.Dispose();
    }

    private async Task RunAsync()
    {
        var batch = new List<Unit>(MaxUnitsPerCommit);
        while (await _units.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            try
            {
                if (_dead is not null) throw new EngineStoppedException(_dead);
                Commit(batch);
            }
            catch (Exception e)
            {
                if (e is EngineKilledException) _dead = e;
                Rollback();
                while (batch.Count < MaxUnitsPerCommit && _units.Reader.TryRead(out var unit)) batch.Add(unit);
                foreach (var unit in batch) unit.Fail(e);
            }
        }
    }

    private void Commit(List<Unit> batch)
    {
        _sql.Execute("BEGIN IMMEDIATE");
        while (batch.Count < MaxUnitsPerCommit && _units.Reader.TryRead(out var unit))
        {
            batch.Add(unit);
            Run(unit);
        }

        _sql.Execute("COMMIT");
        _faultPoint?.Invoke("committed");
        foreach (var unit in batch)
        {
            if (unit.Work is { } work) _committed(work);
            unit.Finish();
        }
    }

    private void Run(Unit unit)
    {
        _sql.Execute("SAVEPOINT unit");
        try
        {
            unit.Run(new UnitOfWork(_sql));
            _sql.Execute("RELEASE unit");
        }
        catch (Exception e) when (e is not EngineKilledException and not SqliteException { SqliteErrorCode: not ConstraintViolated })
        {
            // The unit's own objection (a duplicate id, say): its neighbours go on.
            _sql.Execute("ROLLBACK TO unit");
            _sql.Execute("RELEASE unit");
            unit.Reject(e);
        }
    }

    private void Rollback()
    {
        try
        {
            if (_dead is null) _sql.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself, as it does when the disk is full.
        }
    }

    private abstract class Unit
    {
        /// <summary>What was done; null when it was not.</summary>
        public UnitOfWork? Work { get; protected set; }

        public abstract void Run(UnitOfWork work);

        public abstract void Finish();

        public abstract void Reject(Exception reason);

        public abstract void Fail(Exception reason);
    }

    private sealed class Unit<T>(Func<UnitOfWork, T> run) : Unit
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;
        private Exception? _rejected;

        public Task<T> Done => _done.Task;

        public override void Run(UnitOfWork work)
        {
            _result = run(work);
            Work = work;
        }

        public override void Finish()
        {
            if (_rejected is null) _done.TrySetResult(_result!);
            else _done.TrySetException(_rejected);
        }

        public override void Reject(Exception reason)
        {
            Work = null;
            _rejected = reason;
        }

        public override void Fail(Exception reason) => _done.TrySetException(reason);
    }
}

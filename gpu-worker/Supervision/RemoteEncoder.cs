using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision;

/// <summary>
/// An encoder in a child process, for one task or several. Vectors are a function of their text alone, so a batch that a dying child had is simply encoded again. A batch of several that ends
/// the child fails at once, for its caller to try its texts one by one; a single text is tried twice. The child has one batch at a time, so that none is taken for the one that ended it
/// because it was beside it; those that wait for their turn go in the order in which they came.
/// </summary>
internal sealed class RemoteEncoder : IChildOwner, IDisposable
{
    private const int Attempts = 2;

    private readonly Lock _lock = new();
    private readonly ChildSupervisor _child;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private ChildConnection? _connection;
    private TaskCompletionSource<ChildConnection> _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<float[][]?>? _answer;
    private long _id;
    private int _users;
    private bool _isGivenUp;

    private RemoteEncoder(EncoderOptions options, SupervisionOptions supervision, IChildLauncher launcher, TimeProvider time, ILogger logger, Random? jitter) =>
        _child = new ChildSupervisor(0, "encoder", new ChildModel { Encoder = options }, launcher, this, supervision, time, logger, jitter);

    /// <summary>Length of a vector; 1 where it scores pairs.</summary>
    public int Dimensions { get; private set; }

    /// <summary>Most tokens of a text, or of a cross-encoder's pair.</summary>
    public int MaxTokens { get; private set; }

    public bool IsReady
    {
        get
        {
            lock (_lock) return _connection is not null;
        }
    }

    /// <summary>Whether the child crashed too often to be started again.</summary>
    public bool HasFailed
    {
        get
        {
            lock (_lock) return _isGivenUp;
        }
    }

    /// <summary>How often the child has been started again.</summary>
    public long Restarts => _child.Restarts;

    internal int? ProcessId => _child.ProcessId;

    /// <summary>Starts the child and completes when it has loaded the model.</summary>
    /// <exception cref="ChildFailedException">It could not.</exception>
    public static async Task<RemoteEncoder> StartAsync(
        EncoderOptions options, SupervisionOptions supervision, IChildLauncher launcher, TimeProvider time, ILogger logger, CancellationToken cancellationToken, Random? jitter = null)
    {
        var encoder = new RemoteEncoder(options, supervision, launcher, time, logger, jitter);
        try
        {
            encoder._child.Start();
            await encoder._child.FirstReady.WaitAsync(cancellationToken);
            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Its use for one of the tasks that it was loaded for. When the last of those that were given out is disposed of, the child ends.</summary>
    public IEncoderSession For(EncoderTask task)
    {
        Interlocked.Increment(ref _users);
        return new TaskSession(this, task);
    }

    public void Dispose() => _child.StopAsync().GetAwaiter().GetResult();

    void IChildOwner.Ready(int child, ChildConnection connection, LoadedModel model)
    {
        lock (_lock)
        {
            (Dimensions, MaxTokens) = (model.Dimensions, model.ContextLength);
            _connection = connection;
            _up.TrySetResult(connection);
        }
    }

    void IChildOwner.Receive(int child, ref FrameReader frame)
    {
        long id;
        float[][]? vectors = null;
        CallFailure? failure = null;
        if (frame.Kind == FrameKind.Vectors) (id, vectors) = AnswerFrames.ReadVectors(ref frame);
        else if (frame.Kind == FrameKind.Failed) (id, failure) = AnswerFrames.ReadFailed(ref frame);
        else throw new ProtocolException($"An encoder sends no frame {frame.Kind}.");
        lock (_lock)
        {
            if (id != _id || _answer is not { } answer) return;
            if (vectors is not null) answer.TrySetResult(vectors);
            else answer.TrySetException(failure!.Value.ToException());
        }
    }

    void IChildOwner.Lost(int child)
    {
        lock (_lock)
        {
            _connection = null;
            _up = new TaskCompletionSource<ChildConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
            _answer?.TrySetResult(null);
        }
    }

    void IChildOwner.GivenUp(int child)
    {
        lock (_lock)
        {
            _isGivenUp = true;
            _up.TrySetException(new EngineFailedException("The encoder is stopping or has failed."));
        }
    }

    /// <exception cref="EngineFailedException">The child died of it, refused it, or is given up.</exception>
    private float[][] Encode(EncoderTask task, int[][] ids, int[][] marks)
    {
        // The asynchronous wait hands the turn on in order; the blocking one lets whoever is quick have it again.
        _turn.WaitAsync().GetAwaiter().GetResult();
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                if (TryEncode(task, ids, marks) is { } vectors) return vectors;
                if (ids.Length > 1 || attempt == Attempts) throw new EngineFailedException("The encoder ended while it ran these texts.");
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Null when the child died of it.</summary>
    private float[][]? TryEncode(EncoderTask task, int[][] ids, int[][] marks)
    {
        var (connection, id, answer) = Begin();
        connection.Send(FrameKind.Encode, (id, task, ids, marks), static (writer, batch) => RequestFrames.WriteEncode(writer, batch.id, batch.task, batch.ids, batch.marks));
        var vectors = answer.Task.GetAwaiter().GetResult();
        if (vectors is not null && vectors.Length != ids.Length) connection.Kill("it answered with another number of vectors");
        return vectors?.Length == ids.Length ? vectors : null;
    }

    /// <summary>Waits for a child that is up, and for its answer from here on.</summary>
    private (ChildConnection Connection, long Id, TaskCompletionSource<float[][]?> Answer) Begin()
    {
        while (true)
        {
            Task<ChildConnection> up;
            lock (_lock) up = _up.Task;
            var connection = up.GetAwaiter().GetResult();
            lock (_lock)
            {
                // It may have died since.
                if (_connection != connection) continue;
                _answer = new TaskCompletionSource<float[][]?>(TaskCreationOptions.RunContinuationsAsynchronously);
                return (connection, ++_id, _answer);
            }
        }
    }

    private sealed class TaskSession(RemoteEncoder encoder, EncoderTask task) : IEncoderSession, IDisposable
    {
        private int _disposed;

        public int Dimensions => task == EncoderTask.Embedding ? encoder.Dimensions : 1;

        public bool IsReady => encoder.IsReady;

        public bool HasFailed => encoder.HasFailed;

        public float[][] Encode(int[][] ids, int[][] marks) => encoder.Encode(task, ids, marks);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0 && Interlocked.Decrement(ref encoder._users) == 0) encoder.Dispose();
        }
    }
}

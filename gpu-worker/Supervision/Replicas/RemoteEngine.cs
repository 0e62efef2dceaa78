using System.Runtime.CompilerServices;
using Serverless.Contracts;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Replicas;

/// <summary>
/// Generates in child processes. A child that dies takes nothing along: its requests are taken up again where they were, in another replica or in the one that is started in its place,
/// with the tokens that their readers already have. Sampling is a function of (seed, position) alone, so a reader sees neither gap nor repetition.
/// </summary>
internal sealed class RemoteEngine : ILlmEngine, IChildOwner, IAsyncDisposable
{
    /// <summary>When to come back if no replica is up and the parent's queue is full.</summary>
    private static readonly TimeSpan RestartPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CallBook _book;
    private readonly QueueBudget _queue;
    private readonly ChildSupervisor[] _children;
    private readonly ReplicaStatus[] _replicas;
    private long _lastNumber, _replays;
    private bool _isStopped;

    private RemoteEngine(RemoteEngineOptions options, IChildLauncher launcher, TimeProvider time, ILogger logger, Random? jitter)
    {
        (_time, _logger) = (time, logger);
        ModelName = options.Engine.ModelName;
        _book = new CallBook(options.Replicas, options.Engine.MaxBatchedTokens);
        _queue = new QueueBudget(options.Engine.MaxQueuedRequests, options.Engine.MaxQueuedTokens, options.Engine.MaxClientQueueShare);
        _replicas = [.. Enumerable.Range(0, options.Replicas).Select(_ => new ReplicaStatus(time.GetSteadyNow()))];
        var model = new ChildModel { Llm = options.Engine, HasTokenizer = options.Engine.Tokenizer is not null };
        _children = [.. Enumerable.Range(0, options.Replicas).Select(i => new ChildSupervisor(i, Name(i), model, launcher, this, options.Supervision, time, logger, jitter))];
    }

    public string ModelName { get; }

    public int ContextLength { get; private set; }

    /// <summary>Of the replicas' processes; null where none runs.</summary>
    internal IReadOnlyList<int?> ProcessIds => [.. _children.Select(child => child.ProcessId)];

    /// <summary>Starts the replicas and completes when all have loaded the model.</summary>
    /// <param name="jitter">Of the pauses between restarts; seeded, in tests.</param>
    /// <exception cref="ChildFailedException">One could not load it, or crashed too often.</exception>
    public static async Task<RemoteEngine> StartAsync(
        RemoteEngineOptions options, IChildLauncher launcher, TimeProvider time, ILogger logger, CancellationToken cancellationToken, Random? jitter = null)
    {
        options.Engine.Validate();
        var engine = new RemoteEngine(options, launcher, time, logger, jitter);
        try
        {
            foreach (var child in engine._children) child.Start();
            foreach (var child in engine._children) await child.FirstReady.WaitAsync(cancellationToken);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The request does not fit the model; the message names the field.</exception>
    /// <exception cref="DeadlineExceededException">Its deadline passed.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new RemoteCall(Interlocked.Increment(ref _lastNumber), request);
        Admit(call);
        // The engine holds the deadline too, but it may be away.
        await using var deadline = request.Deadline is { } end ? _time.CreateTimer(_ => Expire(call), null, Later(end), Timeout.InfiniteTimeSpan) : null;
        try
        {
            await foreach (var token in call.Tokens.ReadAllAsync(cancellationToken)) yield return token;
        }
        finally
        {
            Abandon(call);
        }
    }

    public EngineStatus GetStatus()
    {
        var now = _time.GetSteadyNow();
        EngineStatus[] replicas;
        int waiting;
        lock (_lock)
        {
            replicas = [.. _replicas.Select((replica, i) => replica.ToStatus(now, _children[i].Restarts))];
            waiting = _book.WaitingCount;
        }

        return ReplicaSum.Of(replicas, waiting, now, Interlocked.Read(ref _replays));
    }

    /// <summary>Lets the children finish what they have for a moment, ends them, and fails what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock) _isStopped = true;
        await Task.WhenAll(_children.Select(child => child.StopAsync()));
        FailAll("The engine is stopping.");
    }

    void IChildOwner.Ready(int child, ChildConnection connection, LoadedModel model)
    {
        lock (_lock)
        {
            ContextLength = model.ContextLength;
            _replicas[child].Ready(connection);
            _book.Up(child);
            Pump();
        }
    }

    void IChildOwner.Receive(int child, ref FrameReader frame)
    {
        if (frame.Kind == FrameKind.Token)
        {
            var (id, token) = AnswerFrames.ReadToken(ref frame);
            lock (_lock) TakeToken(child, id, token);
        }
        else if (frame.Kind == FrameKind.Failed)
        {
            var (id, failure) = AnswerFrames.ReadFailed(ref frame);
            lock (_lock) TakeFailure(child, id, failure);
        }
        else
        {
            throw new ProtocolException($"A language model sends no frame {frame.Kind}.");
        }
    }

    void IChildOwner.Lost(int child)
    {
        lock (_lock)
        {
            _replicas[child].Lost();
            var again = _book.Down(child, out var culprit);
            if (culprit is not null)
            {
                SupervisionLog.Poison(_logger, culprit.Request.PromptTokens.Length, Name(child), culprit.Crashes);
                culprit.Fail(new EngineFailedException("The engine ended each time that it ran this request."));
            }

            if (again.Count == 0 || _isStopped) return;
            Interlocked.Add(ref _replays, again.Count);
            SupervisionLog.Replaying(_logger, again.Count, Name(child));
            Pump();
        }
    }

    void IChildOwner.GivenUp(int child)
    {
        lock (_lock)
        {
            _replicas[child].GiveUp();
            if (!_replicas.All(replica => replica.IsGivenUp)) return;
        }

        FailAll("No engine is left.");
    }

    private static string Name(int replica) => $"engine {replica}";

    private TimeSpan Later(TimeSpan end)
    {
        var left = end - _time.GetSteadyNow();
        return left < TimeSpan.Zero ? TimeSpan.Zero : left > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : left;
    }

    private void Admit(RemoteCall call)
    {
        lock (_lock)
        {
            if (_isStopped || _replicas.All(replica => replica.IsGivenUp)) throw new EngineFailedException("The engine is stopping or has failed.");
            _book.Enqueue(call);
            Pump();
            if (call.Place != CallPlace.Waiting) return;
            call.IsQueued = _queue.TryEnter(call.Request.ClientId, call.Request.PromptTokens.Length);
            if (call.IsQueued) return;
            _book.Remove(call);
        }

        throw new EngineOverloadedException("The queue is full while the engine is started again.", RestartPatience);
    }

    /// <summary>Hands to the replicas what can go there.</summary>
    private void Pump()
    {
        while (!_isStopped && _book.FindInTheWay() is { } moved)
        {
            Cancel(moved);
            _book.Return(moved);
        }

        while (!_isStopped && _book.TryAssign() is { } call)
        {
            LeaveQueue(call);
            try
            {
                _replicas[call.Replica].Connection!.Send(FrameKind.Submit, (call, now: _time.GetSteadyNow()), static (writer, submit) => RequestFrames.WriteSubmit(writer, submit.call.WireId, submit.call.Remaining, submit.now));
            }
            catch (ProtocolException)
            {
                _book.Remove(call);
                call.Fail(new ArgumentException("The request is too large for the engine."));
            }
        }
    }

    private void TakeToken(int replica, long id, GeneratedToken token)
    {
        if (_book.Find(replica, id) is not { } call)
        {
            if (token.Finish is not null && _book.HasLeft(replica, id)) Pump();
            return;
        }

        CallBook.Progress(call);
        var trusted = call.TokensThisTime == CallBook.TrustedAfter;
        if (token.Finish is not null) _book.Remove(call);
        call.Publish(token);
        if (_book.WaitingCount > 0 && (trusted || token.Finish is not null)) Pump();
    }

    private void TakeFailure(int replica, long id, CallFailure failure)
    {
        if (_book.Find(replica, id) is not { } call)
        {
            if (_book.HasLeft(replica, id)) Pump();
            return;
        }

        if (failure.Kind == CallFailureKind.Overloaded)
        {
            _book.Refuse(call);
            if (!call.IsReplay && !_book.HasUntried(call)) End(call, failure.ToException());
        }
        else
        {
            End(call, failure.ToException());
        }

        Pump();
    }

    private void End(RemoteCall call, Exception exception)
    {
        _book.Remove(call);
        LeaveQueue(call);
        call.Fail(exception);
    }

    private void Expire(RemoteCall call)
    {
        lock (_lock)
        {
            if (call.Place == CallPlace.Nowhere) return;
            Cancel(call);
            _book.Leave(call);
            End(call, new DeadlineExceededException());
            Pump();
        }
    }

    private void Abandon(RemoteCall call)
    {
        lock (_lock)
        {
            if (call.Place == CallPlace.Nowhere) return;
            Cancel(call);
            _book.Leave(call);
            LeaveQueue(call);
            Pump();
        }
    }

    private void Cancel(RemoteCall call)
    {
        if (call.Place == CallPlace.Inside) _replicas[call.Replica].Connection?.Send(FrameKind.Cancel, call.WireId, static (writer, id) => writer.Int64(id));
    }

    private void LeaveQueue(RemoteCall call)
    {
        if (call.IsQueued) _queue.Leave(call.Request.ClientId, call.Request.PromptTokens.Length);
        call.IsQueued = false;
    }

    private void FailAll(string message)
    {
        lock (_lock)
        {
            foreach (var call in _book.All.ToList()) End(call, new EngineFailedException(message));
        }
    }
}

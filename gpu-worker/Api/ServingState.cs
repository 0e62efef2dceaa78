namespace Serverless.GpuWorker.Api;

/// <summary>The worker's phase, its models, and the requests in flight. Thread-safe.</summary>
public sealed class ServingState : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _hardStop = new();
    private TaskCompletionSource? _idle;
    private int _inFlight;

    public ServingPhase Phase { get; private set; } = ServingPhase.Loading;

    /// <summary>Null until they are loaded.</summary>
    public ServedModels? Models { get; private set; }

    /// <summary>Fires when what is still in flight is to be given up.</summary>
    public CancellationToken HardStop => _hardStop.Token;

    public int InFlight => Volatile.Read(ref _inFlight);

    public void Serve(ServedModels models)
    {
        lock (_lock)
        {
            Models = models;
            if (Phase == ServingPhase.Loading) Phase = ServingPhase.Serving;
        }
    }

    public void Drain()
    {
        lock (_lock)
        {
            if (Phase != ServingPhase.Failed) Phase = ServingPhase.Draining;
        }
    }

    public void Fail()
    {
        lock (_lock) Phase = ServingPhase.Failed;
    }

    /// <summary>Counts a request in until the result is disposed of.</summary>
    /// <exception cref="ApiException">503 when nothing new is taken.</exception>
    public IDisposable Enter()
    {
        lock (_lock)
        {
            if (Phase is ServingPhase.Draining or ServingPhase.Failed) throw ApiErrors.ShuttingDown();
            _inFlight++;
            return new Admission(this);
        }
    }

    /// <summary>Completes when nothing is in flight.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            if (_inFlight == 0) return Task.CompletedTask;
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    public Task GiveUpAsync() => _hardStop.CancelAsync();

    public void Dispose() => _hardStop.Dispose();

    private void Leave()
    {
        lock (_lock)
        {
            if (--_inFlight > 0) return;
            _idle?.TrySetResult();
            _idle = null;
        }
    }

    private sealed class Admission(ServingState state) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) state.Leave();
        }
    }
}

namespace Serverless.GpuWorker.Api.Streams;

/// <summary>A stream under way: whose it is, and how to stop it.</summary>
internal sealed class PushedStream(string owner, CancellationTokenSource cancellation) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _isStopped;
    private bool _isDisposed;

    /// <summary>The caller's key, as an opaque word.</summary>
    public string Owner { get; } = owner;

    public CancellationToken Token { get; } = cancellation.Token;

    /// <summary>Whether its owner has stopped it.</summary>
    public bool IsStopped
    {
        get
        {
            lock (_lock) return _isStopped;
        }
    }

    /// <summary>May come at any time, also after the end.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isStopped = true;
            cancellation.Cancel();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            cancellation.Dispose();
        }
    }
}

using Serverless.Contracts.SignalR;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Streaming;

/// <summary>A stream, under way or ended a while ago: whose it is, how to stop it, and where its messages go.</summary>
internal sealed class RunningStream(Caller owner, ResumableChannel channel, CancellationTokenSource cancellation) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _disposed;

    public Caller Owner { get; } = owner;

    public ResumableChannel Channel { get; } = channel;

    public CancellationToken Token { get; } = cancellation.Token;

    public Task Task { get; set; } = Task.CompletedTask;

    /// <summary>May come at any time, also after the end.</summary>
    public void Cancel()
    {
        lock (_lock)
        {
            if (!_disposed) cancellation.Cancel();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            cancellation.Dispose();
        }
    }
}

using Serverless.Contracts.SignalR;

namespace Serverless.Contracts.Tests.SignalR;

/// <summary>A channel that keeps what arrives, fails on demand, and notices two sends at once.</summary>
internal sealed class RecordingChannel(TimeProvider time) : IStreamChannel
{
    private readonly Lock _lock = new();
    private readonly List<(DateTimeOffset At, string Target, object Argument)> _received = [];
    private int _inFlight;

    /// <summary>Given the number of the attempt, from 0: an exception to throw, or null.</summary>
    public Func<int, Exception?> Fault { get; init; } = _ => null;

    /// <summary>What an attempt waits for.</summary>
    public Func<CancellationToken, Task> Gate { get; init; } = _ => Task.CompletedTask;

    public bool Overlapped { get; private set; }

    public int Attempts { get; private set; }

    public IReadOnlyList<(DateTimeOffset At, string Target, object Argument)> Received
    {
        get
        {
            lock (_lock)
                return [.. _received];
        }
    }

    public IReadOnlyList<StreamToken> Tokens => [.. Received.Select(message => message.Argument).OfType<StreamToken>()];

    public async Task SendAsync(string target, object argument, CancellationToken cancellationToken)
    {
        int attempt;
        lock (_lock)
        {
            Overlapped |= ++_inFlight > 1;
            attempt = Attempts++;
        }

        var at = time.GetUtcNow();
        try
        {
            await Gate(cancellationToken);
            if (Fault(attempt) is { } fault)
                throw fault;
            lock (_lock)
                _received.Add((at, target, argument));
        }
        finally
        {
            lock (_lock)
                _inFlight--;
        }
    }
}

using Serverless.Local.Durable.Storage;

namespace Local.Tests.Durable;

/// <summary>Counts an engine's fault points and ends it at one of them: from there on it writes and does nothing.</summary>
internal sealed class KillSwitch(int at)
{
    private readonly TaskCompletionSource _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _points;

    public int Points => Volatile.Read(ref _points);

    public Task Killed => _killed.Task;

    public void Pass(string point)
    {
        if (Interlocked.Increment(ref _points) < at) return;
        _killed.TrySetResult();
        throw new EngineKilledException(point);
    }
}

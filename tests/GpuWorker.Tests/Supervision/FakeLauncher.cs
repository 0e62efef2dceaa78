using System.Collections.Concurrent;
using Serverless.GpuWorker.Supervision;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary>Starts children in this process, by the number of the start, and remembers them.</summary>
internal sealed class FakeLauncher(Func<int, FakeChild> start) : IChildLauncher
{
    private int _starts;

    public ConcurrentQueue<FakeChild> Children { get; } = new();

    public int Starts => Volatile.Read(ref _starts);

    /// <summary>Holds starts back until it is set.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    public IChild Start()
    {
        Gate.Wait();
        var child = start(Interlocked.Increment(ref _starts));
        Children.Enqueue(child);
        return child;
    }
}

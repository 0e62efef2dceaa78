namespace Serverless.GpuWorker.Supervision;

/// <summary>Counts a child's crashes on a clock that runs only while the child is ready.</summary>
internal sealed class CrashWindow(TimeSpan window)
{
    private readonly Queue<TimeSpan> _crashes = new();
    private TimeSpan _ready;

    /// <summary>A life has ended that was ready for <paramref name="readyFor"/>; 0 when it never was.</summary>
    /// <returns>The crashes within the window, this one included.</returns>
    public int Add(TimeSpan readyFor)
    {
        _ready += readyFor;
        _crashes.Enqueue(_ready);
        while (_ready - _crashes.Peek() > window) _crashes.Dequeue();
        return _crashes.Count;
    }
}

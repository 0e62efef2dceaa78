using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;

namespace Serverless.Benchmarks.Gateway;

/// <summary>
/// What holds a process up while it is watched, by cause: the operating system that does not run a thread which is due (a thread of its own that sleeps a millisecond over and
/// over), the thread pool that does not take what it is given, and the collector that stops all threads. Tells, in milliseconds: the 99th percentile and the longest of each.
/// </summary>
internal sealed class PauseWatch : EventListener
{
    private const int SuspendBegin = 9;
    private const int RestartEnd = 3;

    private readonly List<double> _late = [];
    private readonly List<double> _queued = [];
    private readonly List<double> _collections = [];
    private readonly Lock _lock = new();
    private readonly Thread _sleeper;
    private DateTime _suspended;
    private volatile bool _stop;

    public PauseWatch()
    {
        _sleeper = new Thread(Sleep) { IsBackground = true };
        _sleeper.Start();
    }

    public string Stop()
    {
        _stop = true;
        _sleeper.Join();
        Dispose();
        lock (_lock) return $"thread {Text(_late)}, pool {Text(_queued)}, collector {Text(_collections)} ({_collections.Count})";
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime") EnableEvents(eventSource, EventLevel.Informational, (EventKeywords)1);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventId == SuspendBegin) _suspended = eventData.TimeStamp;
        if (eventData.EventId != RestartEnd || _suspended == default) return;
        lock (_lock) _collections.Add((eventData.TimeStamp - _suspended).TotalMilliseconds);
    }

    private static string Text(List<double> values) =>
        values.Count == 0 ? "none" : string.Create(CultureInfo.InvariantCulture, $"{LoadResult.Quantile(values, 0.99):F1}/{values.Max():F1}");

    private void Sleep()
    {
        while (!_stop)
        {
            var began = Stopwatch.GetTimestamp();
            Thread.Sleep(1);
            var late = Stopwatch.GetElapsedTime(began).TotalMilliseconds - 1;
            lock (_lock) _late.Add(Math.Max(0, late));
            ThreadPool.UnsafeQueueUserWorkItem(
                static at =>
                {
                    var took = Stopwatch.GetElapsedTime(at.Began).TotalMilliseconds;
                    lock (at.Watch._lock) at.Watch._queued.Add(took);
                },
                (Watch: this, Began: Stopwatch.GetTimestamp()),
                preferLocal: false);
        }
    }
}

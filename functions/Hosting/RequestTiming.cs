namespace Serverless.Functions.Hosting;

/// <summary>
/// Splits a request's time into the gateway's own and the time waiting for others. It travels with the asynchronous flow, so that
/// whoever calls out, however deep, can say so with <c>using (RequestTiming.Upstream())</c>. Waits that overlap count once.
/// </summary>
public sealed class RequestTiming
{
    private static readonly AsyncLocal<RequestTiming?> Ambient = new();

    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Lock _lock = new();
    private int _waiting;
    private long _waitStarted;
    private TimeSpan _waited;

    private RequestTiming(TimeProvider time)
    {
        _time = time;
        _started = time.GetTimestamp();
    }

    /// <summary>Time in the gateway so far, less the time waiting for others.</summary>
    public TimeSpan Overhead
    {
        get
        {
            lock (_lock)
            {
                var waited = _waiting > 0 ? _waited + _time.GetElapsedTime(_waitStarted) : _waited;
                var overhead = _time.GetElapsedTime(_started) - waited;
                return overhead > TimeSpan.Zero ? overhead : TimeSpan.Zero;
            }
        }
    }

    public static RequestTiming Begin(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return Ambient.Value = new RequestTiming(time);
    }

    /// <summary>Marks the time until disposal as waiting for somebody else. Harmless outside a request.</summary>
    public static Wait Upstream()
    {
        var timing = Ambient.Value;
        timing?.Enter();
        return new Wait(timing);
    }

    private void Enter()
    {
        lock (_lock)
        {
            if (_waiting++ == 0) _waitStarted = _time.GetTimestamp();
        }
    }

    private void Exit()
    {
        lock (_lock)
        {
            if (--_waiting == 0) _waited += _time.GetElapsedTime(_waitStarted);
        }
    }

    /// <summary>A wait under way.</summary>
    public readonly struct Wait : IDisposable
    {
        private readonly RequestTiming? _timing;

        internal Wait(RequestTiming? timing) => _timing = timing;

        public void Dispose() => _timing?.Exit();
    }
}

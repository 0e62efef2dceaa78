namespace Serverless.GpuWorker.Supervision.Wire;

/// <summary>
/// Frames on their way to a stream. Senders never wait for the other side: a thread of its own writes, and what comes while it does goes out together
/// with the next write. When the stream fails, or more waits than the other side could honestly owe, what is sent is dropped and <see cref="Failed"/> is raised.
/// </summary>
internal sealed class Outbox : IDisposable
{
    /// <summary>Bytes that may wait: a process that reads none of this much is not alive.</summary>
    private const int MaxWaitingBytes = 256 << 20;

    private readonly Stream _stream;
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _added = new(false);
    private readonly Thread _thread;
    private FrameWriter _waiting = new(), _leaving = new();
    private bool _isComplete, _isBroken;

    public Outbox(Stream stream, string name)
    {
        _stream = stream;
        _thread = new Thread(Write) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Raised once, on any thread.</summary>
    public event Action? Failed;

    /// <summary>Called before frames go out, to add one that goes with them. Set before the first is sent.</summary>
    public Action<FrameWriter>? BeforeWrite { get; set; }

    /// <summary>Sends the frame that <paramref name="write"/> writes between Begin and End.</summary>
    /// <returns>False when it goes nowhere.</returns>
    /// <exception cref="ProtocolException">The frame is longer than permitted; nothing was sent.</exception>
    public bool Send<T>(FrameKind kind, T message, Action<FrameWriter, T> write)
    {
        bool overrun;
        lock (_lock)
        {
            if (_isComplete || _isBroken) return false;
            _waiting.Begin(kind);
            try
            {
                write(_waiting, message);
                _waiting.End();
            }
            finally
            {
                _waiting.Abandon();
            }

            overrun = _isBroken = _waiting.Length > MaxWaitingBytes;
        }

        return Announce(overrun);
    }

    /// <summary>Sends frames that are written already.</summary>
    /// <returns>False when they go nowhere.</returns>
    public bool Send(ReadOnlySpan<byte> frames)
    {
        bool overrun;
        lock (_lock)
        {
            if (_isComplete || _isBroken) return false;
            _waiting.Append(frames);
            overrun = _isBroken = _waiting.Length > MaxWaitingBytes;
        }

        return Announce(overrun);
    }

    /// <summary>Writes what waits, then ends; nothing can be sent any more.</summary>
    public void Complete()
    {
        lock (_lock) _isComplete = true;
        _added.Set();
    }

    /// <summary>Waits until everything has been written, or the stream has failed.</summary>
    public bool Join(TimeSpan patience) => _thread.Join(patience);

    public void Dispose() => Complete();

    private bool Announce(bool overrun)
    {
        if (overrun) Failed?.Invoke();
        else _added.Set();
        return !overrun;
    }

    private void Write()
    {
        try
        {
            while (Swap())
            {
                BeforeWrite?.Invoke(_leaving);
                _stream.Write(_leaving.Written);
                _stream.Flush();
                _leaving.Clear();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            lock (_lock) _isBroken = true;
            Failed?.Invoke();
        }
    }

    /// <summary>Waits for frames and takes them; false when no more will come.</summary>
    private bool Swap()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_waiting.Length > 0)
                {
                    (_waiting, _leaving) = (_leaving, _waiting);
                    return true;
                }

                if (_isComplete || _isBroken) return false;
            }

            _added.WaitOne();
        }
    }
}

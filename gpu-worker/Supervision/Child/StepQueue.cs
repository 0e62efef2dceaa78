using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>Steps between the thread that reads them, which never waits, and the one that runs them. Their buffers go round.</summary>
internal sealed class StepQueue
{
    /// <summary>Rank 0 cannot be more than two steps ahead, because a step is over only when every rank has done its part of it, and one may be begun before.</summary>
    internal const int MostWaiting = 16;

    private readonly object _gate = new();
    private readonly Queue<StepFrame> _waiting = new();
    private readonly Stack<StepFrame> _free = new();
    private bool _isComplete;

    /// <exception cref="ProtocolException">The step is malformed, comes after the last one, or one too many waits.</exception>
    public void Add(ref FrameReader frame)
    {
        StepFrame step;
        lock (_gate)
        {
            if (_isComplete) throw new ProtocolException("A step came after the last one.");
            if (_waiting.Count == MostWaiting) throw new ProtocolException($"{MostWaiting} steps wait already.");
            step = _free.Count > 0 ? _free.Pop() : new StepFrame();
        }

        step.Read(ref frame);
        lock (_gate)
        {
            _waiting.Enqueue(step);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>No step comes any more.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for the next step; null when no more will come.</summary>
    public StepFrame? Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isComplete) Monitor.Wait(_gate);
            return _waiting.Count > 0 ? _waiting.Dequeue() : null;
        }
    }

    /// <summary>A step has been run.</summary>
    public void Return(StepFrame step)
    {
        lock (_gate) _free.Push(step);
    }
}

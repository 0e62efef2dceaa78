namespace Serverless.GpuWorker.Execution;

/// <summary>A rank: its session and the thread that runs it, one step at a time.</summary>
internal sealed class RankThread
{
    private readonly LlamaSession _session;
    private readonly Action<int, Exception?> _stepDone;
    private readonly Action _ended;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private readonly int _rank;
    private bool _isStopping;

    /// <param name="stepDone">Called on the thread after every step, with what it failed by.</param>
    /// <param name="ended">Called on the thread when it ends.</param>
    public RankThread(int rank, LlamaSession session, Action<int, Exception?> stepDone, Action ended)
    {
        (_rank, _session, _stepDone, _ended) = (rank, session, stepDone, ended);
        _thread = new Thread(Run) { IsBackground = true, Name = $"llm-rank-{rank}" };
    }

    public int Rank => _rank;

    public LlamaSession Session => _session;

    public void Start() => _thread.Start();

    /// <summary>Runs the step that is bound to the session.</summary>
    public void Step() => _wake.Set();

    /// <summary>Ends the thread after the step that it is in.</summary>
    public void Stop()
    {
        Volatile.Write(ref _isStopping, true);
        _wake.Set();
    }

    private void Run()
    {
        while (true)
        {
            _wake.WaitOne();
            if (Volatile.Read(ref _isStopping))
                break;

            Exception? failure = null;
            try
            {
                _session.Execute();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
            _stepDone(_rank, failure);
        }
        _ended();
    }
}

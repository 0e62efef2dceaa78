using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>The calls that are inside an engine, what their readers are told, and what is let go of when they end. The step loop's own.</summary>
internal sealed class EngineCalls(Scheduler scheduler, QueueBudget queue, ILogger logger)
{
    private readonly Dictionary<Sequence, EngineCall> _inside = [];
    private readonly List<(EngineCall Call, GeneratedToken Token)> _sampled = [];

    public int Count => _inside.Count;

    public void Add(EngineCall call)
    {
        _inside.Add(call.Sequence, call);
        scheduler.Add(call.Sequence);
    }

    /// <summary>What a sequence's next token is, and whether it is the last one.</summary>
    public void Yield(Sequence sequence, GeneratedToken token)
    {
        var call = _inside[sequence];
        // The blocks are free before the reader learns that the answer is complete.
        if (token.Finish is not null)
            End(call);

        _sampled.Add((call, token));
    }

    /// <summary>Gives readers what was sampled, in a reader's order before anything else that it is told.</summary>
    public void Publish()
    {
        foreach (var (call, token) in _sampled)
            call.Publish(token);

        _sampled.Clear();
    }

    /// <summary>A sequence has failed, and what it left in the cache may be wrong.</summary>
    public void Fail(Sequence sequence, Exception? exception, string message)
    {
        EngineLog.SequenceFailed(logger, exception, sequence.Id);
        var call = _inside[sequence];
        End(call, distrust: true);
        Publish();
        call.Fail(new EngineFailedException(message, exception));
    }

    /// <summary>A sequence's deadline has come.</summary>
    public void Expire(Sequence sequence)
    {
        var call = _inside[sequence];
        End(call);
        Publish();
        call.Fail(new DeadlineExceededException());
    }

    /// <summary>Lets go of what a call holds; twice changes nothing.</summary>
    public void End(EngineCall call)
    {
        if (!call.HasEnded)
            End(call, distrust: false);
    }

    /// <summary>A sequence runs, or is about to: it waits no more.</summary>
    public void LeaveQueue(Sequence sequence) => LeaveQueue(_inside[sequence]);

    /// <summary>Whoever is inside fails, with those who came and were not looked at yet.</summary>
    public void FailAll(IReadOnlyCollection<EngineCall> arrived, string message)
    {
        foreach (var call in _inside.Values.Concat(arrived).ToHashSet())
        {
            LeaveQueue(call);
            call.HasEnded = true;
            call.Fail(new EngineFailedException(message));
        }
        _inside.Clear();
    }

    private void End(EngineCall call, bool distrust)
    {
        scheduler.Remove(call.Sequence, distrust);
        LeaveQueue(call);
        _inside.Remove(call.Sequence);
        call.HasEnded = true;
    }

    private void LeaveQueue(EngineCall call)
    {
        if (call.IsQueued)
            queue.Leave(call.Sequence.Request.ClientId, call.Sequence.Given);

        call.IsQueued = false;
    }
}

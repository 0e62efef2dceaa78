using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Ranks;

/// <summary>
/// Rank 0's end of what it says to another rank's process. Sending never waits: a rank that does not read is found out by the step that does not end. A rank that breaks the protocol is killed.
/// </summary>
internal sealed class RankLink : IDisposable
{
    /// <summary>How long a process may take to be gone when its output has ended, so that its exit code can be told.</summary>
    private static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly int _ranks;
    private readonly IChild _child;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Outbox _outbox;
    private readonly TaskCompletionSource _prepared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="child">Becomes the link's own.</param>
    public RankLink(int rank, int ranks, IChild child, TimeProvider time, ILogger logger)
    {
        (Rank, _ranks, _child, _time, _logger) = (rank, ranks, child, time, logger);
        _name = $"rank {rank}";
        _outbox = new Outbox(child.Input, $"{_name} writer");
        // A pipe breaks when its reader dies, whose exit code then says more than that.
        _outbox.Failed += child.Kill;
        var log = new ChildLog(child.Log, _name, logger);
        new Thread(Read) { IsBackground = true, Name = $"{_name} reader" }.Start();
        new Thread(log.Forward) { IsBackground = true, Name = $"{_name} log" }.Start();
        SupervisionLog.Started(logger, _name, child.ProcessId);
    }

    public int Rank { get; }

    public int ProcessId => _child.ProcessId;

    /// <summary>Completes when the rank has read its weights.</summary>
    public Task Prepared => _prepared.Task;

    /// <summary>Completes when the rank takes steps.</summary>
    public Task Joined => _joined.Task;

    /// <summary>Completes, with a sentence that names the rank, when it can do nothing more: it said so, broke the protocol, or its process has ended.</summary>
    public Task<string> Failed => _failed.Task;

    public Task Exited => _child.Exited;

    public void Load(RankModel model) => _outbox.Send(FrameKind.LoadRank, model, LoadFrames.WriteLoadRank);

    public void Join() => _outbox.Send(FrameKind.Join, 0, static (_, _) => { });

    /// <param name="frame">A whole frame <see cref="FrameKind.Step"/>.</param>
    public void Step(ReadOnlySpan<byte> frame) => _outbox.Send(frame);

    /// <summary>Asks the rank to run the steps that it has, and end.</summary>
    public void Drain() => _outbox.Send(FrameKind.Drain, 0, static (_, _) => { });

    public void Kill() => _child.Kill();

    public void Dispose()
    {
        _child.Kill();
        _outbox.Complete();
        _child.Dispose();
    }

    private void Read()
    {
        var reason = ReadToEnd() ?? Ending();
        _failed.TrySetResult(Sentence(reason));
        _child.Kill();
    }

    /// <returns>How the rank broke the protocol; null where its output has ended.</returns>
    private string? ReadToEnd()
    {
        try
        {
            var frames = new FrameStream(_child.Output);
            while (frames.TryRead(out var frame))
            {
                var reader = new FrameReader(frame);
                Receive(ref reader);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return null;
        }
        catch (Exception e)
        {
            // A message from elsewhere may quote what it choked on.
            var reason = $"broke the protocol: {(e is ProtocolException ? e.Message : e.GetType().Name)}";
            SupervisionLog.Killed(_logger, _name, reason);
            return reason;
        }
    }

    private void Receive(ref FrameReader frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Prepared when !_prepared.Task.IsCompleted:
                LoadFrames.ReadPrepared(ref frame);
                _prepared.TrySetResult();
                break;
            case FrameKind.Joined when _prepared.Task.IsCompleted && !_joined.Task.IsCompleted:
                frame.End();
                _joined.TrySetResult();
                break;
            case FrameKind.RankFailed:
                var reason = frame.Text();
                frame.End();
                _failed.TrySetResult(Sentence(reason));
                break;
            default:
                throw new ProtocolException($"A frame {frame.Kind} came out of turn.");
        }
    }

    private string Ending()
    {
        try
        {
            return ChildOutcome.Describe(_child.Exited.WaitAsync(ExitPatience, _time).GetAwaiter().GetResult());
        }
        catch (TimeoutException)
        {
            return "has closed its output";
        }
    }

    private string Sentence(string clause) => $"Rank {Rank} of {_ranks} {clause}{(clause.EndsWith('.') ? "" : ".")}";
}

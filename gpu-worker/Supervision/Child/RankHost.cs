using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>
/// The life of a rank: prepare, join the others when all are prepared, run the steps that come, end when the parent says so or is gone. One thread has the model and its device;
/// another reads and never waits for it, so that a parent's end is seen while a step hangs.
/// </summary>
internal sealed class RankHost(Stream input, Stream output, IRankLoader loader)
{
    /// <summary>The longest step that can be expected, without growing the buffer again and again.</summary>
    private const int StepBytes = 1 << 20;

    private readonly ParentLink _parent = new(input, output, StepBytes);
    private readonly StepQueue _steps = new();
    private readonly TaskCompletionSource<bool> _mayJoin = new();
    private bool _isLoading, _isJoining;

    /// <summary>Serves until the end.</summary>
    public ChildEnd Run() => _parent.Serve(Handle, how => Fail($"was told what it does not understand: {how}"));

    private void Handle(ref FrameReader frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.LoadRank:
                var model = LoadFrames.ReadLoadRank(ref frame);
                if (_isLoading) throw new ProtocolException("A frame LoadRank came twice.");
                _isLoading = true;
                new Thread(() => Live(model)) { IsBackground = true, Name = "rank" }.Start();
                break;
            case FrameKind.Join when _isLoading && !_isJoining:
                frame.End();
                _isJoining = true;
                _mayJoin.TrySetResult(true);
                break;
            case FrameKind.Step when _isJoining:
                _steps.Add(ref frame);
                break;
            case FrameKind.Drain:
                frame.End();
                _mayJoin.TrySetResult(false);
                _steps.Complete();
                if (!_isLoading) _parent.End(ChildEnd.Orderly);
                break;
            default:
                throw new ProtocolException($"A frame {frame.Kind} came out of turn.");
        }
    }

    private void Live(RankModel model)
    {
        IRank? rank;
        try
        {
            rank = Load(model);
        }
        catch (Exception e)
        {
            // What is loaded are the operator's files: nothing of a user's is in the message.
            Fail($"cannot start: {e.GetType().Name}: {e.Message}");
            return;
        }

        if (rank is not null && !Serve(rank)) return;
        rank?.Dispose();
        _parent.End(ChildEnd.Orderly);
    }

    /// <returns>Null where it was told to end before it was to join.</returns>
    private IRank? Load(RankModel model)
    {
        using var prepared = loader.Prepare(model);
        _parent.Outbox.Send(FrameKind.Prepared, 0, static (writer, _) => LoadFrames.WritePrepared(writer));
        if (!_mayJoin.Task.GetAwaiter().GetResult()) return null;
        var rank = prepared.Join();
        _parent.Outbox.Send(FrameKind.Joined, 0, static (_, _) => { });
        return rank;
    }

    /// <returns>False when a step failed. The rank is then left to the process's end: its device may not answer.</returns>
    private bool Serve(IRank rank)
    {
        try
        {
            while (_steps.Take() is { } step)
            {
                rank.Run(step.Inputs);
                _steps.Return(step);
            }

            return true;
        }
        catch (Exception e)
        {
            // A message from elsewhere may quote what it choked on.
            Fail($"failed in a step: {e.InnerException?.GetType().Name ?? e.GetType().Name}{((e.InnerException ?? e) is CudaException cuda ? $": {cuda.Message}" : "")}");
            return false;
        }
    }

    /// <param name="reason">A clause without subject.</param>
    private void Fail(string reason)
    {
        _parent.Outbox.Send(FrameKind.RankFailed, reason, static (writer, text) => writer.Text(text));
        _parent.End(ChildEnd.Failed);
    }
}

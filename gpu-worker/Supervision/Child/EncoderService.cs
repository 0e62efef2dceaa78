using Serverless.Contracts;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>An encoder behind the protocol, one batch after another, whatever each is for.</summary>
/// <param name="sessions">What the encoder is run for: several may be over one model in memory.</param>
internal sealed class EncoderService(IReadOnlyDictionary<EncoderTask, IEncoderSession> sessions, LoadedModel model, Outbox outbox, TimeProvider time) : IChildService
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;
    private int _running;
    private TimeSpan _lastProgress;

    public LoadedModel Model => model;

    /// <summary>Never: a batch that fails says nothing of the next.</summary>
    public Task Died { get; } = new TaskCompletionSource().Task;

    public EngineStatus GetStatus()
    {
        lock (_lock) return new EngineStatus(true, _running == 0 ? time.GetSteadyNow() : _lastProgress, _running, 0, 0, 0, 0);
    }

    public void Handle(ref FrameReader frame)
    {
        if (frame.Kind != FrameKind.Encode) throw new ProtocolException($"An encoder takes no frame {frame.Kind}.");
        var (id, task, ids, marks) = RequestFrames.ReadEncode(ref frame);
        if (!sessions.TryGetValue(task, out var session)) throw new ProtocolException($"The encoder was not loaded for {task}.");
        lock (_lock)
        {
            if (_running++ == 0) _lastProgress = time.GetSteadyNow();
            _last = _last.ContinueWith(_ => Encode(session, id, ids, marks), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    public async Task DrainAsync()
    {
        await _last;
        foreach (var session in sessions.Values) (session as IDisposable)?.Dispose();
    }

    private void Encode(IEncoderSession session, long id, int[][] ids, int[][] marks)
    {
        try
        {
            var vectors = session.Encode(ids, marks);
            outbox.Send(FrameKind.Vectors, (id, vectors), static (writer, answer) => AnswerFrames.WriteVectors(writer, answer.id, answer.vectors));
        }
        catch (Exception e)
        {
            outbox.Send(FrameKind.Failed, (id, failure: CallFailure.Of(e)), static (writer, answer) => AnswerFrames.WriteFailed(writer, answer.id, answer.failure));
        }

        lock (_lock)
        {
            _running--;
            _lastProgress = time.GetSteadyNow();
        }
    }
}

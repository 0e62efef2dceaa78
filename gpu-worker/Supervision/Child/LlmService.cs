using System.Collections.Concurrent;
using Serverless.Contracts;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>A language model's engine behind the protocol. Tokens that come close together leave in one write, with the engine's status behind them.</summary>
internal sealed class LlmService : IChildService
{
    private readonly ILlmEngine _engine;
    private readonly Outbox _outbox;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<long, Call> _calls = new();
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasNews;
    private volatile bool _isDraining;

    public LlmService(ILlmEngine engine, LoadedModel model, Outbox outbox, TimeProvider time)
    {
        _engine = engine;
        _outbox = outbox;
        _time = time;
        Model = model;
        // An engine whose model failed may have nobody inside who would find out.
        if (engine is LlmEngine { Ended: var ended }) _ = ended.ContinueWith(_ => EndUnlessDraining(), TaskScheduler.Default);
        outbox.BeforeWrite = writer =>
        {
            if (!Interlocked.Exchange(ref _hasNews, false)) return;
            writer.Begin(FrameKind.Status);
            StatusFrames.Write(writer, engine.GetLoad(), time.GetSteadyNow());
            writer.End();
        };
    }

    public LoadedModel Model { get; }

    public Task Died => _died.Task;

    public EngineStatus GetStatus() => _engine.GetStatus();

    public void Handle(ref FrameReader frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Submit:
                var (id, request) = RequestFrames.ReadSubmit(ref frame, _time.GetSteadyNow());
                Submit(id, request);
                break;
            case FrameKind.Cancel:
                var cancelled = frame.Int64();
                frame.End();
                // Unknown when its last token and the cancellation have crossed.
                if (_calls.TryGetValue(cancelled, out var call)) call.Cancellation.Cancel();
                break;
            default:
                throw new ProtocolException($"A language model takes no frame {frame.Kind}.");
        }
    }

    public async Task DrainAsync()
    {
        _isDraining = true;
        await Task.WhenAll(_calls.Values.Select(call => call.Ended));
        if (_engine is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }

    private void EndUnlessDraining()
    {
        if (!_isDraining) _died.TrySetResult();
    }

    private void Submit(long id, GenerationRequest request)
    {
        var call = new Call();
        if (!_calls.TryAdd(id, call)) throw new ProtocolException("A request has the number of another.");
        // Not on this thread: to read a schema or to hash a prompt takes a while.
        call.Ended = Task.Run(() => RunAsync(id, request, call.Cancellation.Token));
    }

    private async Task RunAsync(long id, GenerationRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var token in _engine.GenerateAsync(request, cancellationToken))
            {
                Volatile.Write(ref _hasNews, true);
                _outbox.Send(FrameKind.Token, (id, token), static (writer, answer) => AnswerFrames.WriteToken(writer, answer.id, answer.token));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody waits for it, but the parent wants to know when it can no longer do harm.
            _outbox.Send(FrameKind.Failed, id, static (writer, id) => AnswerFrames.WriteFailed(writer, id, new CallFailure(CallFailureKind.Cancelled, "")));
        }
        catch (EngineFailedException) when (!_isDraining && !_engine.GetStatus().IsReady)
        {
            // It is the engine, not the request, which another engine will take up: nobody is told that it failed.
            _died.TrySetResult();
        }
        catch (Exception e)
        {
            Volatile.Write(ref _hasNews, true);
            _outbox.Send(FrameKind.Failed, (id, failure: CallFailure.Of(e)), static (writer, answer) => AnswerFrames.WriteFailed(writer, answer.id, answer.failure));
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    private sealed class Call
    {
        public CancellationTokenSource Cancellation { get; } = new();

        public Task Ended { get; set; } = Task.CompletedTask;
    }
}

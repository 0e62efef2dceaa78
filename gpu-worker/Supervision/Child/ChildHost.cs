using System.Text.Json;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>
/// The life of a child: load what the parent names, do what it asks, end when it says so or is gone. The calling thread reads and never waits for the model,
/// so a heartbeat is answered while the model loads and while a step runs.
/// </summary>
internal sealed class ChildHost(Stream input, Stream output, IChildServices services, TimeProvider time)
{
    /// <summary>How long the last frames may take to leave.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Outbox _outbox = new(output, "protocol writer");
    private readonly TaskCompletionSource<ChildEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IChildService? _service;
    private bool _isLoading, _isDraining;

    /// <summary>Serves until the end.</summary>
    public ChildEnd Run()
    {
        _outbox.Failed += () => _end.TrySetResult(ChildEnd.ParentGone);
        new Thread(Read) { IsBackground = true, Name = "protocol reader" }.Start();
        var end = _end.Task.GetAwaiter().GetResult();
        _outbox.Complete();
        _outbox.Join(Patience);
        return end;
    }

    private void Read()
    {
        try
        {
            var frames = new FrameStream(input);
            while (frames.TryRead(out var frame))
            {
                var reader = new FrameReader(frame);
                Handle(ref reader);
            }

            _end.TrySetResult(ChildEnd.ParentGone);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _end.TrySetResult(ChildEnd.ParentGone);
        }
        catch (Exception e)
        {
            // Only what we wrote ourselves is quoted.
            Console.Error.WriteLine($"Critical: The engine protocol was broken: {(e is ProtocolException ? e.Message : e.GetType().Name)}");
            _end.TrySetResult(ChildEnd.Failed);
        }
    }

    private void Handle(ref FrameReader frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Load:
                Start(LoadFrames.ReadLoad(ref frame));
                break;
            case FrameKind.Ping:
                frame.End();
                _outbox.Send(FrameKind.Pong, this, static (writer, host) => host.WritePong(writer));
                break;
            case FrameKind.Drain:
                frame.End();
                if (!_isDraining) _ = DrainAsync();
                _isDraining = true;
                break;
            default:
                (_service ?? throw new ProtocolException($"A frame {frame.Kind} came before the model was loaded.")).Handle(ref frame);
                break;
        }
    }

    private void WritePong(FrameWriter writer)
    {
        var now = time.GetUtcNow();
        StatusFrames.WriteFull(writer, _service?.GetStatus() ?? new EngineStatus(false, now, 0, 0, 0, 0, 0), now);
    }

    private void Start(ChildModel model)
    {
        if (_isLoading) throw new ProtocolException("A frame Load came twice.");
        _isLoading = true;
        new Thread(() => Load(model)) { IsBackground = true, Name = "model loader" }.Start();
    }

    private void Load(ChildModel model)
    {
        try
        {
            var service = _service = services.Load(model, _outbox);
            _outbox.Send(FrameKind.Loaded, service.Model, LoadFrames.WriteLoaded);
            _ = service.Died.ContinueWith(_ => _end.TrySetResult(ChildEnd.Failed), TaskScheduler.Default);
        }
        catch (Exception e)
        {
            // What is loaded are the operator's files: nothing of a user's is in the message.
            _outbox.Send(FrameKind.LoadFailed, e, static (writer, failure) =>
            {
                writer.Text(failure.GetType().Name);
                writer.Text(failure.Message);
            });
            _end.TrySetResult(ChildEnd.Failed);
        }
    }

    private async Task DrainAsync()
    {
        if (_service is { } service) await service.DrainAsync();
        _outbox.Send(FrameKind.Bye, 0, static (_, _) => { });
        _end.TrySetResult(ChildEnd.Orderly);
    }
}

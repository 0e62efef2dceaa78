using Serverless.Contracts;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>
/// The life of a child: load what the parent names, do what it asks, end when it says so or is gone. The calling thread reads and never waits for the model,
/// so a heartbeat is answered while the model loads and while a step runs.
/// </summary>
internal sealed class ChildHost(Stream input, Stream output, IChildServices services, TimeProvider time)
{
    private readonly ParentLink _parent = new(input, output);
    private volatile IChildService? _service;
    private bool _isLoading, _isDraining;

    /// <summary>Serves until the end.</summary>
    public ChildEnd Run() => _parent.Serve(Handle, how => Console.Error.WriteLine($"Critical: The engine protocol was broken: {how}"));

    private void Handle(ref FrameReader frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Load:
                Start(LoadFrames.ReadLoad(ref frame));
                break;
            case FrameKind.Ping:
                frame.End();
                _parent.Outbox.Send(FrameKind.Pong, this, static (writer, host) => host.WritePong(writer));
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
        var now = time.GetSteadyNow();
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
            var service = _service = services.Load(model, _parent.Outbox);
            // A model's file is read as a whole before the runtime has its own copy. What is left of it would stay for as long as little else is allocated.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _parent.Outbox.Send(FrameKind.Loaded, service.Model, LoadFrames.WriteLoaded);
            _ = service.Died.ContinueWith(_ => _parent.End(ChildEnd.Failed), TaskScheduler.Default);
        }
        catch (Exception e)
        {
            // What is loaded are the operator's files: nothing of a user's is in the message.
            _parent.Outbox.Send(FrameKind.LoadFailed, e, static (writer, failure) =>
            {
                writer.Text(failure.GetType().Name);
                writer.Text(failure.Message);
            });
            _parent.End(ChildEnd.Failed);
        }
    }

    private async Task DrainAsync()
    {
        if (_service is { } service) await service.DrainAsync();
        _parent.Outbox.Send(FrameKind.Bye, 0, static (_, _) => { });
        _parent.End(ChildEnd.Orderly);
    }
}

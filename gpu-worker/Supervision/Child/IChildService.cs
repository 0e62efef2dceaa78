using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>What a child does for its parent. Called from one thread, which it never blocks.</summary>
internal interface IChildService
{
    LoadedModel Model { get; }

    EngineStatus GetStatus();

    /// <summary>Completes when the model is dead and the process is to end, for its parent to start another and take up what was inside.</summary>
    Task Died { get; }

    /// <summary>Takes a frame that is neither of the process's start, of its end nor of its health.</summary>
    /// <exception cref="ProtocolException">It is malformed, or not one of this service.</exception>
    void Handle(ref FrameReader frame);

    /// <summary>Takes no more, and completes when everything is answered and the model is let go.</summary>
    Task DrainAsync();
}

using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>Makes the service that a parent asks for.</summary>
internal interface IChildServices
{
    /// <summary>Takes seconds to minutes, on the calling thread.</summary>
    /// <param name="outbox">Where answers go.</param>
    IChildService Load(ChildModel model, Outbox outbox);
}

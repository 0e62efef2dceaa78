using Serverless.GpuWorker.Supervision.Wire;

namespace Serverless.GpuWorker.Supervision;

/// <summary>Whom a supervised child works for. The calls for one child come one after another; between <see cref="Ready"/> and <see cref="Lost"/> lies one life.</summary>
internal interface IChildOwner
{
    /// <summary>The child has loaded its model.</summary>
    void Ready(int child, ChildConnection connection, LoadedModel model);

    /// <summary>An answer: a token, a failure, vectors.</summary>
    /// <exception cref="ProtocolException">It is malformed: the child is killed.</exception>
    void Receive(int child, ref FrameReader frame);

    /// <summary>The child that was ready is gone. All that it ever sent has been received.</summary>
    void Lost(int child);

    /// <summary>The child will not be started again: it crashed too often, or the worker ends.</summary>
    void GivenUp(int child);
}

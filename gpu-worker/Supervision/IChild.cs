namespace Serverless.GpuWorker.Supervision;

/// <summary>A child that has been started.</summary>
internal interface IChild : IDisposable
{
    int ProcessId { get; }

    /// <summary>Frames to the child.</summary>
    Stream Input { get; }

    /// <summary>Frames from the child; ends when the child does.</summary>
    Stream Output { get; }

    /// <summary>What the child says of itself, in lines.</summary>
    TextReader Log { get; }

    /// <summary>Completes with the exit code.</summary>
    Task<int> Exited { get; }

    /// <summary>Ends it at once, whatever it is doing.</summary>
    void Kill();
}

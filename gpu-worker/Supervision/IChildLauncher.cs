namespace Serverless.GpuWorker.Supervision;

/// <summary>Starts children.</summary>
internal interface IChildLauncher
{
    /// <exception cref="IOException">None can be started.</exception>
    IChild Start();
}

namespace Serverless.GpuWorker.Supervision.Replicas;

internal enum CallPlace
{
    /// <summary>Not yet taken in, or over.</summary>
    Nowhere,

    /// <summary>In the parent, for a replica that takes it.</summary>
    Waiting,

    /// <summary>Inside a replica.</summary>
    Inside,
}

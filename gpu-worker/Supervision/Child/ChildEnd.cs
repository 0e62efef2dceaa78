namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>Why a child ends.</summary>
internal enum ChildEnd
{
    /// <summary>It was told to, and has finished what it had.</summary>
    Orderly,

    /// <summary>Standard input has ended.</summary>
    ParentGone,

    /// <summary>The model could not be loaded, or the parent broke the protocol.</summary>
    Failed,
}

using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>A number of the paged cache: how vectors of it become floats. Implementations are structs, so that kernels are compiled for each.</summary>
internal unsafe interface IKvElement
{
    static abstract int Bytes { get; }

    /// <summary>Sixteen numbers.</summary>
    static abstract Vector512<float> LoadWide(byte* source);

    /// <summary>Eight numbers.</summary>
    static abstract Vector256<float> Load(byte* source);
}

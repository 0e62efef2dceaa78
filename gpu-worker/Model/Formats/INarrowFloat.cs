using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>A float of 16 bits: how vectors of it become floats of 32, exactly. Implementations are structs, so that kernels are compiled for each.</summary>
internal unsafe interface INarrowFloat
{
    /// <summary>Eight numbers.</summary>
    static abstract Vector256<float> Load(ushort* source);

    /// <summary>One number.</summary>
    static abstract float ToSingle(ushort bits);
}

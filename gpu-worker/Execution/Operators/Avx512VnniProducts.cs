using System.Runtime.Intrinsics.X86;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// The products with AVX-512 VNNI (see <see cref="QuantizedProducts"/>), whose 512-bit instructions .NET 10 has no intrinsics for: <see cref="Avx512VnniCode"/> is assembled when it is first used. There is a
/// kernel for each number of rows from 1 to 8, so no tile has lanes that nobody reads.
/// </summary>
internal static unsafe class Avx512VnniProducts
{
    public const int MostRows = 8;

    private const int VnniBit = 1 << 11;

    // Indexed by 8 (planes - 1) + rows - 1.
    private static readonly nint[]? Kernels = Load();

    public static bool IsSupported => Kernels is not null;

    public static void Multiply(byte* tile, int rows, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        var kernel = (delegate* unmanaged<byte*, byte*, nint, float*, nint, void>)Kernels![(MostRows * (planes - 1)) + rows - 1];
        kernel(tile, strip, blocks, y, yStride * sizeof(float));
    }

    private static nint[]? Load()
    {
        if (!Avx512BW.X64.IsSupported || (X86Base.CpuId(7, 0).Ecx & VnniBit) == 0)
            return null;

        return MachineCode.TryLoad(Avx512VnniCode.Assemble());
    }
}

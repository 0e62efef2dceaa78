using System.Runtime.CompilerServices;
using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// The products with AMX (see <see cref="QuantizedProducts"/>): some blocks of a strip at a time are unpacked, and all tiles of rows pass by them while they lie in the first-level cache. The instructions are
/// those of <see cref="AmxCode"/>, assembled when they are first used.
/// </summary>
internal static unsafe class AmxProducts
{
    /// <summary>Fewer rows than this take less time without.</summary>
    public const int LeastRows = 17;

    /// <summary>Blocks that are unpacked at a time: 8 KB, beside which a tile's activations fit into the first-level cache.</summary>
    private const int BlocksAtOnce = 16;

    private const int LevelBytes = (BlocksAtOnce + AmxCode.BlocksAhead) * AmxCode.LevelBytes;
    private const int ScaleBytes = BlocksAtOnce * PackedLayout.StripColumns * sizeof(float);

    // Configurations for 1 to 16 rows, kernels for 1 to 16 rows, unpacking of one plane and of two, configuring, releasing.
    private const int Kernels = AmxCode.MostRows, Unpacking = 2 * AmxCode.MostRows, Configuring = Unpacking + 2, Releasing = Configuring + 1;

    private static readonly nint[]? Functions = Load();

    public static bool IsSupported => Functions is not null;

    /// <summary>As in <see cref="QuantizedProducts.Multiply"/>, of any number of rows: tiles of 16, and one of the rest.</summary>
    public static void Multiply(byte* tiles, int rows, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        int whole = rows / AmxCode.MostRows, rest = rows % AmxCode.MostRows;
        if (whole > 0)
            Multiply(tiles, AmxCode.MostRows, whole, strip, blocks, planes, y, yStride);

        int first = rows - rest;
        if (rest > 0)
            Multiply(tiles + ((nint)first * blocks * ActivationTiles.BlockBytes), rest, 1, strip, blocks, planes, y + (first * yStride), yStride);
    }

    /// <param name="rows">Of each tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(byte* tiles, int rows, int tileCount, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        nint[] functions = Functions!;
        var unpack = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, float*, nint, void>)functions[Unpacking + planes - 1];
        var kernel = (delegate* unmanaged[SuppressGCTransition]<AmxJob*, void>)functions[Kernels + rows - 1];
        byte* scratch = (byte*)OperatorScratch.Get(LevelBytes + ScaleBytes + AmxCode.SumBytes);
        var job = new AmxJob
        {
            Levels = scratch,
            Scales = (float*)(scratch + LevelBytes),
            Sums = (int*)(scratch + LevelBytes + ScaleBytes),
            Y = y,
            RowBytes = yStride * sizeof(float),
            TileCount = tileCount,
            TileBytes = (nint)rows * blocks * ActivationTiles.BlockBytes,
        };
        for (int row = 0; row < tileCount * rows; row++)
            new Span<float>(y + (row * yStride), PackedLayout.StripColumns).Clear();

        ((delegate* unmanaged[SuppressGCTransition]<nint, void>)functions[Configuring])(functions[rows - 1]);
        for (int block = 0; block < blocks; block += BlocksAtOnce)
        {
            job.Blocks = Math.Min(BlocksAtOnce, blocks - block);
            job.Tiles = tiles + ((nint)block * rows * ActivationTiles.BlockBytes);
            unpack(strip + ((nint)block * PackedLayout.BlockBytes(planes)), job.Levels, job.Scales, job.Blocks);
            kernel(&job);
        }
        ((delegate* unmanaged[SuppressGCTransition]<void>)functions[Releasing])();
    }

    private static nint[]? Load()
    {
        if (!TilePermission.TryTake())
            return null;

        var sizes = Enumerable.Range(1, AmxCode.MostRows);
        return MachineCode.TryLoad(
        [
            .. sizes.Select(AmxCode.Configuration),
            .. sizes.Select(AmxCode.Multiply),
            AmxCode.Unpack(planes: 1),
            AmxCode.Unpack(planes: 2),
            AmxCode.Configure(),
            AmxCode.Release(),
        ]);
    }
}

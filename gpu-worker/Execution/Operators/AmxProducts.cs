using System.Runtime.CompilerServices;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// The products with AMX (see <see cref="QuantizedProducts"/>): some blocks of a strip at a time are unpacked, and all tiles of rows pass by them while they lie in the first-level cache. The instructions are
/// those of <see cref="AmxCode"/>, assembled when they are first used.
/// </summary>
internal static unsafe class AmxProducts
{
    /// <summary>Of fewer rows AVX-512 VNNI is faster, with int4 weights and with int8's.</summary>
    public const int LeastRows = 12, LeastRowsOfInt8 = 24;

    /// <summary>Blocks that are unpacked at a time: 8 KB, beside which a tile's activations fit into the first-level cache.</summary>
    private const int BlocksAtOnce = 16;

    private const int LevelBytes = (BlocksAtOnce + AmxCode.BlocksAhead) * AmxCode.LevelBytes;
    private const int ScaleBytes = BlocksAtOnce * PackedLayout.StripColumns * sizeof(float);
    private const int PartialBytes = AmxCode.MostRows * PackedLayout.StripColumns * sizeof(float);

    // Configurations for 1 to 16 rows, kernels for 1 to 16 rows, unpacking of one plane and of two, configuring, releasing.
    private const int Kernels = AmxCode.MostRows, Unpacking = 2 * AmxCode.MostRows, Configuring = Unpacking + 2, Releasing = Configuring + 1;

    private static readonly nint[]? Functions = Load();

    public static bool IsSupported => Functions is not null;

    /// <summary>
    /// Rows of each tile, of so many rows in all: as few tiles as there can be, of one size, for which the last has lanes that no row is in. A processor takes a long time to configure its tiles anew, and a pass
    /// over the weights for one row more than a whole tile costs half as much as the tile.
    /// </summary>
    public static int TileRows(int rows)
    {
        int tiles = (rows + AmxCode.MostRows - 1) / AmxCode.MostRows;
        return (rows + tiles - 1) / tiles;
    }

    /// <summary>As in <see cref="QuantizedProducts.Multiply"/>, of any number of rows: tiles of <see cref="TileRows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* tiles, int rows, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        nint[] functions = Functions!;
        int tileRows = TileRows(rows), whole = rows / tileRows, rest = rows % tileRows;
        var unpack = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, float*, nint, void>)functions[Unpacking + planes - 1];
        var kernel = (delegate* unmanaged[SuppressGCTransition]<AmxJob*, void>)functions[Kernels + tileRows - 1];
        byte* scratch = (byte*)OperatorScratch.Get(LevelBytes + ScaleBytes + AmxCode.SumBytes + PartialBytes);
        nint tileBytes = (nint)tileRows * blocks * ActivationTiles.BlockBytes;
        var job = new AmxJob
        {
            Levels = scratch,
            Scales = (float*)(scratch + LevelBytes),
            Sums = (int*)(scratch + LevelBytes + ScaleBytes),
            Y = y,
            RowBytes = yStride * sizeof(float),
            TileCount = whole,
            TileBytes = tileBytes,
        };
        // The last tile's y, of which lanes without a row are thrown away.
        float* partial = (float*)(scratch + LevelBytes + ScaleBytes + AmxCode.SumBytes);
        var last = job with { Y = partial, RowBytes = PackedLayout.StripColumns * sizeof(float), TileCount = 1 };
        for (int row = 0; row < whole * tileRows; row++)
            new Span<float>(y + (row * yStride), PackedLayout.StripColumns).Clear();

        if (rest > 0)
            new Span<float>(partial, tileRows * PackedLayout.StripColumns).Clear();

        ((delegate* unmanaged[SuppressGCTransition]<nint, void>)functions[Configuring])(functions[tileRows - 1]);
        for (int block = 0; block < blocks; block += BlocksAtOnce)
        {
            job.Blocks = last.Blocks = Math.Min(BlocksAtOnce, blocks - block);
            job.Tiles = tiles + ((nint)block * tileRows * ActivationTiles.BlockBytes);
            last.Tiles = job.Tiles + (whole * tileBytes);
            unpack(strip + ((nint)block * PackedLayout.BlockBytes(planes)), job.Levels, job.Scales, job.Blocks);
            kernel(&job);
            if (rest > 0)
                kernel(&last);
        }
        ((delegate* unmanaged[SuppressGCTransition]<void>)functions[Releasing])();
        for (int row = 0; row < rest; row++)
            new ReadOnlySpan<float>(partial + (row * PackedLayout.StripColumns), PackedLayout.StripColumns).CopyTo(new Span<float>(y + (((whole * tileRows) + row) * yStride), PackedLayout.StripColumns));
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

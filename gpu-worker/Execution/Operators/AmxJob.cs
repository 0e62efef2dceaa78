using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>What a kernel of <see cref="AmxCode"/> multiplies: tiles of rows, one behind the other, with some blocks of one strip. The kernels know the fields by their places.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AmxJob
{
    /// <summary>The first tile's activations, at the first of the blocks (<see cref="ActivationTiles"/>).</summary>
    public byte* Tiles;

    /// <summary>Levels of the blocks, unpacked: for each [8][16][4] signed bytes, four k of each column after four k.</summary>
    public byte* Levels;

    /// <summary>The columns' scales, [blocks][16].</summary>
    public float* Scales;

    /// <summary>How many; at least 1.</summary>
    public nint Blocks;

    /// <summary>What the products are added to: 16 columns of the tiles' rows.</summary>
    public float* Y;

    /// <summary>Bytes from a row of y to the next.</summary>
    public nint RowBytes;

    /// <summary>Tiles of so many rows as the kernel is for; at least 1.</summary>
    public nint TileCount;

    /// <summary>Bytes from a tile to the next.</summary>
    public nint TileBytes;

    /// <summary>Memory for sums on their way, <see cref="AmxCode.SumBytes"/>, aligned to 64.</summary>
    public int* Sums;
}

using System.Runtime.Intrinsics.X86;
using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// Products of quantised activations (<see cref="ActivationTiles"/>) with a strip of quantised weights (<see cref="PackedLayout"/>). For
/// each row and column, block by block in the order of k: the exact integer product, as a float, times the row's scale (rounded), then one
/// fused multiply-add with the column's scale. That is the same chain in every implementation and for every size of tile, so a row's
/// result is the same bit for bit whatever rows it is computed with, and on whatever machine.
/// </summary>
/// <param name="tileRows">Rows of the largest tile.</param>
/// <param name="anySize">See <see cref="AnySize"/>.</param>
internal sealed unsafe class QuantizedProducts(string name, int tileRows, delegate*<byte*, int, byte*, int, int, float*, nint, void> multiply, bool anySize = false)
{
    /// <summary>
    /// Bytes ahead of use at which weights are asked for, into the second-level cache. Strips lie one after the other, so a thread's weights are
    /// one stream; the processor's own prefetching alone reads it some percent slower.
    /// </summary>
    public const int PrefetchDistance = 4608;

    /// <summary>The most lanes of a tile that no row is in.</summary>
    public const int MostPadding = AmxCode.MostRows - 1;

    /// <summary>Bytes behind the last tile that may be read, and are not used.</summary>
    public const int BytesAhead = AmxCode.BlocksAhead * AmxCode.MostRows * ActivationTiles.BlockBytes;

    /// <summary>Correct on any machine, and slow.</summary>
    public static readonly QuantizedProducts Portable = new("portable", 1, &PortableProducts.Multiply);

    public static readonly QuantizedProducts Avx2 = new("avx2", 4, &Avx2Products.Multiply);

    public static readonly QuantizedProducts Avx512 = new("avx512", 8, &Avx512Products.Multiply);

    public static readonly QuantizedProducts AvxVnni = new("avx-vnni", 8, &AvxVnniProducts.Multiply);

    public static readonly QuantizedProducts Avx512Vnni = new("avx512-vnni", Avx512VnniProducts.MostRows, &Avx512VnniProducts.Multiply, anySize: true);

    public static readonly QuantizedProducts Amx = new("amx", AmxCode.MostRows, &AmxProducts.Multiply, anySize: true) { LeastRows = [AmxProducts.LeastRows, AmxProducts.LeastRowsOfInt8], TakesAllTiles = true, RowsApart = true };

    /// <summary>Those that this machine can run, the fastest first.</summary>
    public static IReadOnlyList<QuantizedProducts> Supported { get; } =
    [
        .. AmxProducts.IsSupported ? [Amx] : (ReadOnlySpan<QuantizedProducts>)[],
        .. Avx512VnniProducts.IsSupported ? [Avx512Vnni] : (ReadOnlySpan<QuantizedProducts>)[],
        .. AvxVnniProducts.IsSupported ? [AvxVnni] : (ReadOnlySpan<QuantizedProducts>)[],
        .. Avx512BW.IsSupported ? [Avx512] : (ReadOnlySpan<QuantizedProducts>)[],
        .. System.Runtime.Intrinsics.X86.Avx2.IsSupported && Fma.IsSupported ? [Avx2] : (ReadOnlySpan<QuantizedProducts>)[],
        Portable,
    ];

    /// <summary>The fastest for so many rows and weights of so many planes.</summary>
    public static QuantizedProducts BestFor(int rows, int planes)
    {
        int index = 0;
        while (rows < Supported[index].LeastRows[planes - 1])
            index++;

        return Supported[index];
    }

    /// <summary>Those that are taken on this machine, and from how many rows on.</summary>
    public static string Taken => BestFor(1, 1) == BestFor(int.MaxValue, 1)
        ? BestFor(1, 1).Name
        : $"{BestFor(1, 1).Name}, from {BestFor(int.MaxValue, 1).LeastRows[0]} rows of int4 and {BestFor(int.MaxValue, 2).LeastRows[1]} of int8 on {BestFor(int.MaxValue, 1).Name}";

    public string Name => name;

    public int LargestTile => tileRows;

    /// <summary>Rows of the largest tile when there are so many rows.</summary>
    public int TileRows(int rows) => TakesAllTiles ? AmxProducts.TileRows(rows) : tileRows;

    /// <summary>Whether tiles may have any number of rows up to the largest, and not 8, 4 and 1 alone.</summary>
    public bool AnySize => anySize;

    /// <summary>Whether a tile's rows lie apart (<see cref="ActivationTiles"/>).</summary>
    public bool RowsApart { get; private init; }

    /// <summary>Whether <see cref="Multiply"/> takes all tiles at once, that is, any number of rows. All tiles are of one size then, <see cref="TileRows"/>, and the last may have lanes without a row.</summary>
    public bool TakesAllTiles { get; private init; }

    /// <summary>Of fewer rows another is faster: for weights of one plane and of two.</summary>
    private int[] LeastRows { get; init; } = [1, 1];

    /// <summary>
    /// Arguments: a tile; its rows; a strip; blocks of 32 k; planes of the weights; y, of which 16 columns of the tile's rows are written; floats
    /// between rows of y.
    /// </summary>
    public delegate*<byte*, int, byte*, int, int, float*, nint, void> Multiply => multiply;

    /// <summary>
    /// Rows of the next tile when so many are left. A tile may have more: one pass over the weights with lanes that nobody reads is faster than several, so where tiles have 8, 4 and 1 rows, 3 rows are multiplied
    /// as 4, 6 and 7 as 8.
    /// </summary>
    /// <param name="largest">Rows of the largest tile.</param>
    /// <param name="anySize">See <see cref="AnySize"/>.</param>
    public static int NextTile(int left, int largest, bool anySize) => anySize
        ? Math.Min(left, largest)
        : left >= largest || (largest > 4 && left >= largest - 2) ? largest : largest >= 4 && left >= 3 ? 4 : 1;

    public override string ToString() => name;
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;

namespace Serverless.Benchmarks.Kernels;

/// <summary>
/// What the implementations of the quantised product take, on one thread, for a matrix of 5632 rows of 2048: each in turn for one pass at a time, so that all meet the same machine. Ratios are medians of the
/// ratios of passes that followed each other.
/// </summary>
internal static unsafe class ProductBenchmark
{
    private const int Columns = 5632, K = 2048, Blocks = K / BlockQuantizer.BlockSize;
    private static readonly int[] Rows = [1, 2, 3, 4, 5, 6, 7, 8, 16, 64, 512];

    public static void Run(int rounds)
    {
        var implementations = QuantizedProducts.Supported.Where(products => products != QuantizedProducts.Portable).ToArray();
        Console.WriteLine($"{Machine.Processor}, one thread, load before {Machine.Load}, {Columns} x {K}, medians of {rounds} passes in turns; ratio: {implementations[0]} to the others.\n");
        Console.WriteLine($"| weights | rows | {string.Join(" | ", implementations.Select(products => $"{products}, ms"))} | {string.Join(" | ", implementations[1..].Select(products => $"{products} / {implementations[0]}"))} |");
        Console.WriteLine($"|---|---|{string.Concat(implementations.Select(_ => "---|"))}{string.Concat(implementations[1..].Select(_ => "---|"))}");
        foreach (int bits in (int[])[8, 4])
            foreach (int rows in Rows)
                Row(implementations, new PackedLayout(Columns, K, bits), rows, rounds);
    }

    private static void Row(QuantizedProducts[] implementations, PackedLayout layout, int rows, int rounds)
    {
        byte* weights = Random(layout.Bytes, PackedLayout.BlockBytes(layout.Planes), layout.Planes * PackedLayout.PlaneBytes, PackedLayout.ScaleBytes, 0x3F80);
        // As many numbers as tiles take, whatever their sizes: scales lie elsewhere in each, and any bits that are a small number will do.
        byte* tiles = Random(((long)(rows + QuantizedProducts.MostPadding) * Blocks * ActivationTiles.BlockBytes) + QuantizedProducts.BytesAhead, 2, 1, 1, 0);
        float* y = (float*)NativeMemory.AlignedAlloc((nuint)(rows + QuantizedProducts.MostPadding) * Columns * sizeof(float), 64);
        var times = implementations.Select(_ => new List<double>()).ToArray();
        try
        {
            for (int round = -2; round < rounds; round++)
            {
                for (int i = 0; i < implementations.Length; i++)
                {
                    int at = round % 2 == 0 ? i : implementations.Length - 1 - i;
                    double seconds = Pass(implementations[at], layout, weights, tiles, rows, y);
                    if (round >= 0)
                        times[at].Add(seconds);
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(weights);
            NativeMemory.AlignedFree(tiles);
            NativeMemory.AlignedFree(y);
        }
        var medians = times.Select(passes => (1e3 * Statistics.Median([.. passes])).ToString("F2", CultureInfo.InvariantCulture));
        var ratios = times[1..].Select(passes => Statistics.Median([.. passes.Zip(times[0], (other, first) => other / first)]).ToString("F2", CultureInfo.InvariantCulture));
        Console.WriteLine($"| int{layout.Bits} | {rows} | {string.Join(" | ", medians)} | {string.Join(" | ", ratios)} |");
    }

    private static double Pass(QuantizedProducts products, PackedLayout layout, byte* weights, byte* tiles, int rows, float* y)
    {
        long started = Stopwatch.GetTimestamp();
        for (int strip = 0; strip < layout.Strips; strip++)
        {
            int tile;
            for (int row = 0; row < rows; row += tile)
            {
                tile = products.TakesAllTiles ? rows : QuantizedProducts.NextTile(rows - row, products.LargestTile, products.AnySize);
                products.Multiply(tiles + ((nint)row * Blocks * ActivationTiles.BlockBytes), tile, weights + ((nint)strip * layout.StripBytes), Blocks, layout.Planes, y + ((nint)row * Columns) + (strip * PackedLayout.StripColumns), Columns);
            }
        }
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Random bytes, but for what in each block of so many bytes holds scales.</summary>
    private static byte* Random(long bytes, int block, int scalesAt, int scaleBytes, ushort scale)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        var span = new Span<byte>(memory, checked((int)bytes));
        new Random(1).NextBytes(span);
        for (int at = scalesAt; at + scaleBytes <= span.Length; at += block)
        {
            if (scale == 0)
                span[at] = 0x1F;
            else
                MemoryMarshal.Cast<byte, ushort>(span.Slice(at, scaleBytes)).Fill(scale);
        }
        return memory;
    }
}

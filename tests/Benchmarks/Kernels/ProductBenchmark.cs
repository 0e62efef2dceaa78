using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.Benchmarks.Kernels;

/// <summary>
/// What the implementations of the quantised product take, on one thread, for a matrix of 2048 rows of 2048: each in turn for one pass at a time, so that all meet the same machine. What counts is the sum of the fastest times of each strip of
/// columns: other work on the machine has no pass undisturbed for long.
/// </summary>
internal static unsafe class ProductBenchmark
{
    private const int Columns = 2048, K = 2048, Blocks = K / BlockQuantizer.BlockSize;
    private static readonly int[] Rows = [1, 4, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 20, 24, 32, 64, 512];

    public static void Run(int rounds)
    {
        var implementations = QuantizedProducts.Supported.Where(products => products != QuantizedProducts.Portable).ToArray();
        Console.WriteLine($"{Machine.Processor}, one thread, load before {Machine.Load}, {Columns} x {K}, each strip's fastest of {rounds} passes in turns, which other work on the machine disturbs least; ratio: the others to {implementations[0]}.\n");
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
        double[][] times = [.. implementations.Select(_ => Enumerable.Repeat(double.MaxValue, layout.Strips).ToArray())];
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                for (int i = 0; i < implementations.Length; i++)
                {
                    int at = round % 2 == 0 ? i : implementations.Length - 1 - i;
                    Pass(implementations[at], layout, weights, tiles, rows, y, times[at]);
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(weights);
            NativeMemory.AlignedFree(tiles);
            NativeMemory.AlignedFree(y);
        }
        double[] fastest = [.. times.Select(strips => strips.Sum())];
        var milliseconds = fastest.Select(seconds => (1e3 * seconds).ToString("F3", CultureInfo.InvariantCulture));
        var ratios = fastest[1..].Select(seconds => (seconds / fastest[0]).ToString("F2", CultureInfo.InvariantCulture));
        Console.WriteLine($"| int{layout.Bits} | {rows} | {string.Join(" | ", milliseconds)} | {string.Join(" | ", ratios)} |");
    }

    private static void Pass(QuantizedProducts products, PackedLayout layout, byte* weights, byte* tiles, int rows, float* y, double[] fastest)
    {
        for (int strip = 0; strip < layout.Strips; strip++)
        {
            long started = Stopwatch.GetTimestamp();
            int tile;
            for (int row = 0; row < rows; row += tile)
            {
                tile = products.TakesAllTiles ? rows : QuantizedProducts.NextTile(rows - row, products.LargestTile, products.AnySize);
                products.Multiply(tiles + ((nint)row * Blocks * ActivationTiles.BlockBytes), tile, weights + ((nint)strip * layout.StripBytes), Blocks, layout.Planes, y + ((nint)row * Columns) + (strip * PackedLayout.StripColumns), Columns);
            }
            fastest[strip] = Math.Min(fastest[strip], Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
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

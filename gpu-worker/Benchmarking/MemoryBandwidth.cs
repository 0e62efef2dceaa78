using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>How fast this machine's memory is read: the roofline of decoding one sequence.</summary>
internal static unsafe class MemoryBandwidth
{
    private const nint Bytes = 512 << 20;

    /// <summary>
    /// Bytes a second at which <paramref name="threads"/> threads read half a gigabyte, which no cache holds, each its own part; the best
    /// of <paramref name="passes"/> passes, because everything that disturbs a pass makes it slower.
    /// </summary>
    public static double Measure(int threads, int passes)
    {
        byte* buffer = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 4096);
        try
        {
            // Written first: pages that were never written are all one page.
            NativeMemory.Fill(buffer, (nuint)Bytes, 1);
            double best = 0;
            for (int pass = 0; pass < passes; pass++)
                best = Math.Max(best, Pass(buffer, threads));

            return best;
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    private static double Pass(byte* buffer, int threads)
    {
        nint part = Bytes / threads / 256 * 256;
        using var start = new Barrier(threads + 1);
        var workers = Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            Read(buffer + (i * part), part);
        })).ToList();
        workers.ForEach(worker => worker.Start());
        start.SignalAndWait();
        long started = Stopwatch.GetTimestamp();
        workers.ForEach(worker => worker.Join());
        return part * threads / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Read(byte* from, nint bytes)
    {
        Vector256<int> a = default, b = default, c = default, d = default;
        for (nint i = 0; i < bytes; i += 128)
        {
            a ^= Vector256.Load((int*)(from + i));
            b ^= Vector256.Load((int*)(from + i + 32));
            c ^= Vector256.Load((int*)(from + i + 64));
            d ^= Vector256.Load((int*)(from + i + 96));
        }
        return Vector256.Sum(a ^ b ^ c ^ d);
    }
}

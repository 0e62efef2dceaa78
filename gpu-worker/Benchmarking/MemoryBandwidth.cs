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
    /// Bytes a second at which <paramref name="threads"/> threads read half a gigabyte, which no cache holds, each its own part: the fastest of
    /// <paramref name="passes"/> passes (<see cref="ReadPass.Fastest"/>).
    /// </summary>
    public static double Measure(int threads, int passes)
    {
        byte* buffer = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 4096);
        try
        {
            // Written first: pages that were never written are all one page.
            NativeMemory.Fill(buffer, (nuint)Bytes, 1);
            return ReadPass.Fastest([.. Enumerable.Range(0, passes).Select(_ => Pass(buffer, threads))]);
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    private static ReadPass Pass(byte* buffer, int threads)
    {
        nint part = Bytes / threads / 256 * 256;
        var spans = new ReaderSpan[threads];
        using var start = new Barrier(threads);
        var workers = Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            // By each reader itself: a thread that only keeps time gets no core while they read, and would start its clock late.
            long started = Stopwatch.GetTimestamp();
            Read(buffer + (i * part), part);
            spans[i] = new ReaderSpan(started, Stopwatch.GetTimestamp());
        })).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return new ReadPass(part * threads, spans);
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

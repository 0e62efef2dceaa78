using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>How fast this machine's memory is read: the roofline of decoding one sequence. Holds half a gigabyte, which no cache does.</summary>
internal sealed unsafe class MemoryBandwidth : IDisposable
{
    private const nint Bytes = 512 << 20;

    private readonly int _threads;
    private readonly byte* _buffer;

    /// <param name="threads">Threads that read, each its own part.</param>
    public MemoryBandwidth(int threads)
    {
        _threads = threads;
        _buffer = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 4096);
        // Written first: pages that were never written are all one page.
        NativeMemory.Fill(_buffer, (nuint)Bytes, 1);
    }

    /// <summary>Reads all of it once, which takes some ten milliseconds.</summary>
    public ReadPass Read()
    {
        nint part = Bytes / _threads / 256 * 256;
        var spans = new ReaderSpan[_threads];
        using var start = new Barrier(_threads);
        var workers = Enumerable.Range(0, _threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            // By each reader itself: a thread that only keeps time gets no core while they read, and would start its clock late.
            long started = Stopwatch.GetTimestamp();
            Read(_buffer + (i * part), part);
            spans[i] = new ReaderSpan(started, Stopwatch.GetTimestamp());
        })).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return new ReadPass(part * _threads, spans);
    }

    public void Dispose() => NativeMemory.AlignedFree(_buffer);

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

using System.Diagnostics;
using Serverless.GpuWorker.Execution.Cuda;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>Measures how fast a device's memory is read and written, by copies within it.</summary>
internal static class DeviceBandwidth
{
    private const long CopyBytes = 1L << 30;
    private const int Copies = 16;
    private const int Passes = 5;

    /// <returns>Bytes read and written a second, in the best of the passes.</returns>
    public static double Measure(int device)
    {
        CudaRuntime.SetDevice(device);
        nint stream = CudaRuntime.CreateStream(), source = CudaRuntime.Allocate(CopyBytes), destination = CudaRuntime.Allocate(CopyBytes);
        try
        {
            double best = 0;
            for (int pass = 0; pass < Passes; pass++)
            {
                long started = Stopwatch.GetTimestamp();
                for (int copy = 0; copy < Copies; copy++)
                    CudaRuntime.CopyOnDevice(destination, source, CopyBytes, stream);

                CudaRuntime.Synchronize(stream);
                best = Math.Max(best, 2.0 * Copies * CopyBytes / Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
            return best;
        }
        finally
        {
            CudaRuntime.Free(destination);
            CudaRuntime.Free(source);
            CudaRuntime.DestroyStream(stream);
        }
    }
}

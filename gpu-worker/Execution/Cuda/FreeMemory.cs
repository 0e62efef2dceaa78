namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>Waits until a device has as much memory free as a model takes: the process that had it before may have been killed a moment ago.</summary>
internal static class FreeMemory
{
    /// <summary>A driver takes memory back within a second or two.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15), Pause = TimeSpan.FromMilliseconds(500);

    /// <param name="bytes">Wanted.</param>
    /// <param name="ask">Asks the device for its bytes.</param>
    /// <param name="wait">Lets time pass.</param>
    /// <returns>The bytes that were free at last, which may be too few. For what the device cannot hold at all nobody waits.</returns>
    public static long Await(long bytes, Func<(long Free, long Total)> ask, Action<TimeSpan> wait, TimeProvider time)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            var (free, total) = ask();
            if (free >= bytes || bytes > total || time.GetElapsedTime(began) >= Patience)
                return free;

            wait(Pause);
        }
    }
}

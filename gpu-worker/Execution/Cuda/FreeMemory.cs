namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>Waits until a device has as much memory free as a model takes: the process that had it before may have been killed a moment ago.</summary>
internal static class FreeMemory
{
    /// <summary>A driver takes memory back within a second or two.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15), Pause = TimeSpan.FromMilliseconds(500);

    /// <param name="bytes">Wanted.</param>
    /// <param name="free">Asks the device.</param>
    /// <param name="wait">Lets time pass.</param>
    /// <returns>The bytes that were free at last, which may be too few.</returns>
    public static long Await(long bytes, Func<long> free, Action<TimeSpan> wait, TimeProvider time)
    {
        long began = time.GetTimestamp(), now;
        while ((now = free()) < bytes && time.GetElapsedTime(began) < Patience)
            wait(Pause);

        return now;
    }
}

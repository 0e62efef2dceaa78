using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>What a session allocates on the managed side once it is warm.</summary>
internal static class SteadyState
{
    /// <summary>Bytes of the leanest of ten decodes of one token.</summary>
    public static long LeastAllocated(LlamaSession session)
    {
        int[] table = new int[session.TableWidth];
        long least = long.MaxValue;
        for (int i = 0; i < 10; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            session.Run(new StepInputs
            {
                InputIds = [1],
                CumulativeLengths = [0, 1],
                PastLengths = [3],
                BlockTable = table,
                SlotMapping = [3],
                SampledRows = [0],
            });
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}

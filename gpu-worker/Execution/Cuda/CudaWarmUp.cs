namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// Runs, before a model serves, the largest prompt that a step may hold and a decode step of each bucket, the largest first: so that memory which is missing ends the start and not a request, cuBLAS and the
/// kernels' modules are loaded, and every CUDA graph is captured (smaller ones find the larger ones' memory). The steps read the block that belongs to nobody and write nothing.
/// </summary>
internal static class CudaWarmUp
{
    /// <param name="maxTokens">Most tokens of a step.</param>
    /// <param name="maxSequences">Most sequences of a step.</param>
    /// <param name="cachedTokens">Tokens that the cache holds: no sequence is longer.</param>
    /// <returns>Sizes of decode step that were run.</returns>
    public static int Run(IStepModel model, int maxTokens, int maxSequences, long cachedTokens)
    {
        int longest = (int)Math.Min(model.ContextLength, cachedTokens);
        Step(model, [0], Math.Min(maxTokens, longest));
        var buckets = new DecodeBuckets(Math.Min(maxSequences, maxTokens), model.ContextLength);
        int sizes = 0;
        foreach (var bucket in buckets.All.Reverse())
        {
            // No sequence becomes so long that it needs a larger one.
            if (buckets.Find(bucket.Sequences, Math.Min(bucket.Length, longest)) != bucket)
                continue;

            var past = new int[bucket.Sequences];
            past[0] = bucket.Length - 1;
            Step(model, past, 1);
            sizes++;
        }
        return sizes;
    }

    /// <param name="tokens">Of each sequence.</param>
    private static void Step(IStepModel model, int[] past, int tokens)
    {
        var table = new int[past.Length * model.TableWidth];
        var slots = new int[past.Length * tokens];
        Array.Fill(table, -1);
        Array.Fill(slots, -1);
        model.Run(new StepInputs
        {
            InputIds = new int[past.Length * tokens],
            CumulativeLengths = [.. Enumerable.Range(0, past.Length + 1).Select(sequence => sequence * tokens)],
            PastLengths = past,
            BlockTable = table,
            SlotMapping = slots,
            SampledRows = [.. Enumerable.Range(1, past.Length).Select(sequence => (sequence * tokens) - 1)],
        });
    }
}

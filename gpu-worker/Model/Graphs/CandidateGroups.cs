namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>
/// Into how many equal parts a row of logits is cut before its likeliest tokens are looked for. ONNX Runtime's TopK gives a row one block of threads, which passes over it about seven times (onnxruntime,
/// core/providers/cuda/math/topk_impl.cuh): a large vocabulary of few rows would keep one of a hundred multiprocessors busy. In parts, each part's likeliest are found side by side, and the row's among those.
/// </summary>
internal static class CandidateGroups
{
    /// <summary>Where both searches are over as many numbers, the two together are shortest: vocabulary / parts = parts x candidates.</summary>
    /// <returns>A divisor of the vocabulary within twice the best number; 1 where there is none, or the vocabulary is small.</returns>
    public static int Of(int vocabulary, int candidates)
    {
        double best = Math.Sqrt((double)vocabulary / candidates);
        int found = 1;
        for (int parts = 2; parts <= 2 * best; parts++)
            if (vocabulary % parts == 0 && 2 * parts >= best && (found == 1 || Distance(parts) < Distance(found)))
                found = parts;

        return vocabulary / found >= 2 * candidates ? found : 1;

        double Distance(int parts) => Math.Abs(Math.Log(parts / best));
    }
}

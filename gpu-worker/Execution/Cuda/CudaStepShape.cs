namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// How a step goes to the device: its sizes, padding included, the bounds that attention is given on the host, and its CUDA graph.
/// </summary>
/// <param name="Rows">Rows of logits.</param>
/// <param name="MaxQuery">Most tokens of one sequence in this step.</param>
/// <param name="MaxLength">Most tokens of one sequence in all.</param>
internal readonly record struct CudaStepShape(int Tokens, int Sequences, int Rows, int MaxQuery, int MaxLength, int GraphId)
{
    /// <summary>Runs without a graph.</summary>
    public const int Eager = -1;

    /// <summary>A step in which every sequence has one token whose logits are wanted takes its bucket's shape; any other its own.</summary>
    public static CudaStepShape Of(scoped StepInputs step, DecodeBuckets? buckets)
    {
        int sequences = step.PastLengths.Length, maxQuery = 0, maxLength = 0;
        for (int i = 0; i < sequences; i++)
        {
            int count = step.CumulativeLengths[i + 1] - step.CumulativeLengths[i];
            maxQuery = Math.Max(maxQuery, count);
            maxLength = Math.Max(maxLength, step.PastLengths[i] + count);
        }
        bool isDecode = maxQuery == 1 && step.InputIds.Length == sequences && IsEveryRow(step.SampledRows, sequences);
        return isDecode && buckets?.Find(sequences, maxLength) is { } bucket
            ? new CudaStepShape(bucket.Sequences, bucket.Sequences, bucket.Sequences, 1, bucket.Length, bucket.GraphId)
            : new CudaStepShape(step.InputIds.Length, sequences, step.SampledRows.Length, maxQuery, maxLength, Eager);
    }

    private static bool IsEveryRow(ReadOnlySpan<int> sampled, int rows)
    {
        if (sampled.Length != rows)
            return false;

        for (int i = 0; i < rows; i++)
            if (sampled[i] != i)
                return false;

        return true;
    }
}

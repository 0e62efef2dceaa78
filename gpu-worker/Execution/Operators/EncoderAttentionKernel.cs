using System.Runtime.CompilerServices;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// <c>serverless.EncoderAttention</c>: T5's self-attention over packed sequences: query, key, value [T, H*D],
/// cumulative_sequence_length i32[B+1], relative_bias [H, 2R+1] (entry d+R is the bias for key position - query position = d, beyond +-R the
/// last). Scores are not divided by sqrt(D). D is a multiple of 8. A sequence's result does not depend on its batch mates.
/// </summary>
internal sealed unsafe class EncoderAttentionKernel : OperatorKernel
{
    private const int RowsPerTile = 8;

    public override void Compute(OperatorContext context)
    {
        var query = context.Input(0);
        var lengths = context.Input(3);
        var bias = context.Input(4);
        var job = new Job
        {
            Query = query.Floats,
            Key = context.Input(1).Floats,
            Value = context.Input(2).Floats,
            Lengths = lengths.Ints,
            Bias = bias.Floats,
            Sequences = lengths.Dimension(0) - 1,
            Heads = bias.Dimension(0),
            Reach = bias.Dimension(1) / 2,
            Width = query.Dimension(1),
        };
        job.HeadSize = job.Width / job.Heads;
        job.Output = context.Output(query.Dimension(0), job.Width);
        int* firstTiles = stackalloc int[job.Sequences + 1];
        firstTiles[0] = 0;
        for (int b = 0; b < job.Sequences; b++)
            firstTiles[b + 1] = firstTiles[b] + ((job.Lengths[b + 1] - job.Lengths[b] + RowsPerTile - 1) / RowsPerTile);

        job.FirstTiles = firstTiles;
        context.For(firstTiles[job.Sequences] * job.Heads, inline: query.Dimension(0) <= 2 * RowsPerTile, ref job, &Attend);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Attend(ref Job job, int item)
    {
        int tile = item / job.Heads, head = item % job.Heads;
        int sequence = 0;
        while (tile >= job.FirstTiles[sequence + 1])
            sequence++;

        int start = job.Lengths[sequence], keys = job.Lengths[sequence + 1] - start;
        int first = (tile - job.FirstTiles[sequence]) * RowsPerTile;
        int rows = Math.Min(RowsPerTile, keys - first), size = job.HeadSize;
        int stride = (keys + AttentionTile.Lanes - 1) & -AttentionTile.Lanes;
        float* sums = (float*)OperatorScratch.Get(sizeof(float) * rows * (size + stride));
        float* scores = sums + (rows * size);
        nint column = head * size, width = job.Width;

        DotProducts.Multiply(job.Query + ((start + first) * width) + column, rows, width, job.Key + (start * width) + column, keys, width, size, scores, stride);
        float* bias = job.Bias + ((nint)head * ((2 * job.Reach) + 1)) + job.Reach;
        for (int r = 0; r < rows; r++)
        {
            float* row = scores + ((nint)r * stride);
            for (int j = 0; j < keys; j++)
                row[j] += bias[Math.Clamp(j - first - r, -job.Reach, job.Reach)];

            AttentionTile.SoftMax(row, keys, stride);
        }
        new Span<float>(sums, rows * size).Clear();
        AttentionTile.Accumulate(scores, stride, rows, job.Value + (start * width) + column, keys, width, size, sums);
        for (int r = 0; r < rows; r++)
            new ReadOnlySpan<float>(sums + (r * size), size).CopyTo(new Span<float>(job.Output + ((start + first + r) * width) + column, size));
    }

    private struct Job
    {
        public float* Query, Key, Value, Bias, Output;
        public int* Lengths, FirstTiles;
        public int Sequences, Heads, HeadSize, Reach, Width;
    }
}

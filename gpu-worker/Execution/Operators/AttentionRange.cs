using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// Attention over one range of a sequence's tokens, and the sum over ranges (the split of FlashDecoding, arXiv 2311.01282). Ranges lie at fixed
/// positions and are summed in their order, so that a result depends neither on who computed which nor on where blocks begin. A partial result
/// is, for each row, the weighted sum of values, the largest score and the sum of weights relative to it.
/// </summary>
internal static unsafe class AttentionRange
{
    /// <summary>Tokens of a range: its scores stay in the first-level cache.</summary>
    public const int Length = 256;

    /// <summary>Floats between rows of scores: before and behind a range there is room for the lanes of a block that lie outside of it.</summary>
    public const int ScoreStride = Length + (2 * KvCacheLayout.PairLanes);

    private const int Lanes = 8;
    private const int Maximum = 0, Total = 1;

    /// <summary>Floats of a row's partial result.</summary>
    public static int PartialStride(KvCacheLayout layout) => layout.ValueSize + (2 * Lanes);

    /// <param name="queries">[rows, HeadSize]</param>
    /// <param name="scores">Scratch, [rows, <see cref="ScoreStride"/>].</param>
    /// <param name="partials">[rows, <see cref="PartialStride"/>], written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(ref AttentionJob job, in AttentionTileRows tile, int kvHead, int range, float* queries, float* scores, float* partials)
    {
        var layout = job.Layout;
        int rows = tile.Tokens * job.Group, from = range * Length, to = Math.Min(from + Length, tile.Keys);
        int stride = PartialStride(layout), element = layout.ElementBytes;
        int* table = job.BlockTable + ((nint)tile.Sequence * job.TableWidth);
        bool isScaled = layout.Format == KvCacheFormat.Int8;
        scores += KvCacheLayout.PairLanes;
        for (int at = from, count; at < to; at += count)
        {
            int offset = at % layout.BlockSize, lane = offset & -KvCacheLayout.PairLanes;
            count = Math.Min(layout.BlockSize - offset, to - at);
            int lanes = KvCacheLayout.RoundUp(offset + count) - lane;
            byte* keys = job.Keys(table[at / layout.BlockSize], kvHead);
            byte* next = at + count < to ? job.Keys(table[(at + count) / layout.BlockSize], kvHead) : job.Values(table[from / layout.BlockSize], kvHead);

            // Lanes of tokens that are not the range's are overwritten by the next block, or never read.
            float* target = scores + (at - offset + lane - from);
            job.Score(queries, rows, layout.HeadSize, keys + (lane * element), layout.Tokens * element, lanes, target, ScoreStride, next);
            if (isScaled)
                Scale(target, rows, (float*)(keys + layout.KeyScales) + lane, lanes);
        }
        for (int r = 0; r < rows; r++)
        {
            float* partial = partials + ((nint)r * stride);
            new Span<float>(partial, layout.ValueSize).Clear();
            int seen = tile.FirstPosition + (r / job.Group) + 1 - from;
            AttentionWeights.FromScores(scores + ((nint)r * ScoreStride), seen, to - from, out partial[layout.ValueSize + Maximum], out partial[layout.ValueSize + Total]);
        }
        for (int at = from, count; at < to; at += count)
        {
            int offset = at % layout.BlockSize;
            count = Math.Min(layout.BlockSize - offset, to - at);
            byte* values = job.Values(table[at / layout.BlockSize], kvHead);
            byte* next = at + count < tile.Keys ? at + count < to ? job.Values(table[(at + count) / layout.BlockSize], kvHead) : job.Keys(table[to / layout.BlockSize], kvHead) : values;
            float* weights = scores + (at - from);
            if (isScaled)
                Scale(weights, rows, (float*)(values + layout.ValueScales) + offset, count);

            job.Accumulate(weights, ScoreStride, rows, values + ((nint)offset * layout.ValueSize * element), count, layout.ValueSize, partials, stride, next);
        }
    }

    /// <summary>Sums the partial results of a row's ranges up: relative to the largest score of all, in the order of ranges.</summary>
    /// <param name="partials">The row's partial result of the first range.</param>
    /// <param name="rangeStride">Floats between two ranges of a row.</param>
    /// <param name="sums">Scratch, [ValueSize].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine(float* partials, nint rangeStride, int ranges, int valueSize, float* sums, Span<float> output)
    {
        float maximum = float.NegativeInfinity, total = 0;
        for (int range = 0; range < ranges; range++)
            maximum = MathF.Max(maximum, partials[(range * rangeStride) + valueSize + Maximum]);

        new Span<float>(sums, valueSize).Clear();
        for (int range = 0; range < ranges; range++, partials += rangeStride)
        {
            var factor = Exponential.OfNonPositive(Vector256.Create(partials[valueSize + Maximum] - maximum));
            total = MathF.FusedMultiplyAdd(partials[valueSize + Total], factor.ToScalar(), total);
            for (int d = 0; d < valueSize; d += Lanes)
                Vector256.FusedMultiplyAdd(Vector256.Load(partials + d), factor, Vector256.Load(sums + d)).Store(sums + d);
        }
        var inverse = Vector256.Create(1 / total);
        for (int d = 0; d < valueSize; d += Lanes)
            (Vector256.Load(sums + d) * inverse).Store(sums + d);

        new ReadOnlySpan<float>(sums, output.Length).CopyTo(output);
    }

    /// <summary>rows[r, j] *= factors[j]</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(float* values, int rows, float* factors, int count)
    {
        int j = 0;
        for (; j + Lanes <= count; j += Lanes)
        {
            var factor = Vector256.Load(factors + j);
            for (int r = 0; r < rows; r++)
                (Vector256.Load(values + ((nint)r * ScoreStride) + j) * factor).Store(values + ((nint)r * ScoreStride) + j);
        }
        for (; j < count; j++)
            for (int r = 0; r < rows; r++)
                values[((nint)r * ScoreStride) + j] *= factors[j];
    }
}

using System.Runtime.CompilerServices;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// <c>serverless.PagedAttention</c>: causal grouped-query attention with rotary embedding over a paged cache, for packed tokens of several
/// sequences. The inputs are those of com.microsoft.PagedAttention that it needs, in its order: query [T, (H + 2 Hk) D], packed with key and
/// value; key_cache and value_cache u8[blocks, Hk, bytes] (<see cref="KvCacheLayout"/>, updated in place), cumulative_sequence_length i32[B+1],
/// past_seqlens i32[B], block_table i32[B, max], cos_cache and sin_cache [positions, D/2], slot_mapping i32[T]. A row's result does not depend
/// on the batch, on how a prompt is cut into chunks, or on where its blocks lie (see <see cref="AttentionProducts"/> and
/// <see cref="AttentionRange"/>).
/// </summary>
/// <param name="layout">Of the caches; its block size and head size are attributes of the node.</param>
internal sealed unsafe class PagedAttentionKernel(int heads, int kvHeads, float scale, KvCacheLayout layout, AttentionProducts products) : OperatorKernel
{
    /// <summary>Query rows (tokens x heads of a group) that share a pass over keys and values.</summary>
    private const int RowsPerTile = 16;

    /// <summary>With fewer tiles, their ranges are shared out among the threads as well.</summary>
    private const int FewTiles = 32;

    private const long ParallelFrom = 500_000;

    public override void Compute(OperatorContext context)
    {
        var query = context.Input(0);
        var keyCache = context.Input(1);
        var lengths = context.Input(3);
        var blockTable = context.Input(5);
        var job = new AttentionJob
        {
            Packed = query.Floats,
            KeyCache = (byte*)keyCache.Data,
            ValueCache = (byte*)context.Input(2).Data,
            Lengths = lengths.Ints,
            Past = context.Input(4).Ints,
            BlockTable = blockTable.Ints,
            Cos = context.Input(6).Floats,
            Sin = context.Input(7).Floats,
            Slots = context.Input(8).Ints,
            Tokens = query.Dimension(0),
            Sequences = lengths.Dimension(0) - 1,
            Blocks = keyCache.Dimension(0),
            TableWidth = blockTable.Dimension(1),
            Positions = context.Input(6).Dimension(0),
            Heads = heads,
            KvHeads = kvHeads,
            Scale = scale,
            Layout = layout,
            Score = products.Score,
            Accumulate = products.Accumulate,
        };
        if (query.Dimension(1) != job.PackedWidth || keyCache.Dimension(1) != kvHeads || keyCache.Dimension(2) != layout.KeyBytes || context.Input(2).Dimension(2) != layout.ValueBytes)
            throw new ArgumentException("PagedAttention: query or a cache has another shape than the attributes say.");

        job.TokensPerTile = Math.Max(1, RowsPerTile / job.Group);
        job.Output = context.Output(job.Tokens, heads * layout.HeadSize);

        // First tile of each sequence; the workers search it.
        int* firstTiles = stackalloc int[job.Sequences + 1];
        long work = Plan(ref job, firstTiles);
        job.FirstTiles = firstTiles;

        int items = (job.Tokens + KvCacheWriter.TokensPerItem - 1) / KvCacheWriter.TokensPerItem;
        context.For(items, inline: job.Tokens <= KvCacheWriter.TokensPerItem, ref job, &KvCacheWriter.Write);
        int tiles = firstTiles[job.Sequences];
        if (tiles * kvHeads >= FewTiles || work < ParallelFrom)
        {
            context.For(tiles * kvHeads, inline: work < ParallelFrom, ref job, &AttendTile);
            return;
        }
        int* firstRanges = stackalloc int[tiles + 1];
        firstRanges[0] = 0;
        for (int tile = 0; tile < tiles; tile++)
            firstRanges[tile + 1] = firstRanges[tile] + AttentionTileRows.Find(ref job, tile).Ranges;

        job.FirstRanges = firstRanges;
        job.Partials = (float*)OperatorScratch.GetShared(checked(sizeof(float) * firstRanges[tiles] * kvHeads * job.RowsPerTile * AttentionRange.PartialStride(layout)));
        context.For(firstRanges[tiles] * kvHeads, inline: false, ref job, &AttendRange);
        context.For(tiles * kvHeads, inline: true, ref job, &CombineTile);
    }

    /// <summary>Counts tiles, and checks every index that the kernel will follow: a wrong one would read or write foreign memory.</summary>
    private static long Plan(ref AttentionJob job, int* firstTiles)
    {
        long work = 0;
        int blockSize = job.Layout.BlockSize;
        firstTiles[0] = 0;
        if (job.Lengths[0] != 0 || job.Lengths[job.Sequences] != job.Tokens)
            throw new ArgumentException("PagedAttention: cumulative_sequence_length does not cover the tokens.");

        for (int b = 0; b < job.Sequences; b++)
        {
            int count = job.Lengths[b + 1] - job.Lengths[b];
            int total = job.Past[b] + count;
            if (count < 0 || job.Past[b] < 0 || total > job.Positions || total > job.TableWidth * blockSize)
                throw new ArgumentException("PagedAttention: a sequence's lengths are out of range.");

            int* table = job.BlockTable + ((nint)b * job.TableWidth);
            for (int i = 0; i * blockSize < total; i++)
                if ((uint)table[i] >= (uint)job.Blocks)
                    throw new ArgumentException("PagedAttention: block_table names a block that does not exist.");

            firstTiles[b + 1] = firstTiles[b] + ((count + job.TokensPerTile - 1) / job.TokensPerTile);
            work += 2L * count * total * job.Heads * job.HeadSize;
        }
        for (int t = 0; t < job.Tokens; t++)
            if (job.Slots[t] >= job.Blocks * blockSize)
                throw new ArgumentException("PagedAttention: slot_mapping names a slot that does not exist.");

        return work;
    }

    /// <summary>A tile and key-value head, range by range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AttendTile(ref AttentionJob job, int item)
    {
        var tile = AttentionTileRows.Find(ref job, item / job.KvHeads);
        int kvHead = item % job.KvHeads, rows = tile.Tokens * job.Group, stride = AttentionRange.PartialStride(job.Layout);
        float* scores = (float*)OperatorScratch.Get(sizeof(float) * rows * (AttentionRange.ScoreStride + job.HeadSize + (tile.Ranges * stride)));
        float* queries = scores + (rows * AttentionRange.ScoreStride), partials = queries + (rows * job.HeadSize);
        CopyQueries(ref job, tile, kvHead, queries);
        for (int range = 0; range < tile.Ranges; range++)
            AttentionRange.Attend(ref job, tile, kvHead, range, queries, scores, partials + ((nint)range * rows * stride));

        for (int r = 0; r < rows; r++)
            AttentionRange.Combine(partials + ((nint)r * stride), (nint)rows * stride, tile.Ranges, job.Layout.ValueSize, scores, tile.Row(ref job, kvHead, r));
    }

    /// <summary>One range of a tile and key-value head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AttendRange(ref AttentionJob job, int item)
    {
        int range = item / job.KvHeads, kvHead = item % job.KvHeads, index = 0;
        while (range >= job.FirstRanges[index + 1])
            index++;

        var tile = AttentionTileRows.Find(ref job, index);
        int rows = tile.Tokens * job.Group;
        float* scores = (float*)OperatorScratch.Get(sizeof(float) * rows * (AttentionRange.ScoreStride + job.HeadSize));
        float* queries = scores + (rows * AttentionRange.ScoreStride);
        CopyQueries(ref job, tile, kvHead, queries);
        AttentionRange.Attend(ref job, tile, kvHead, range - job.FirstRanges[index], queries, scores, Partial(ref job, range, kvHead));
    }

    /// <summary>Sums the ranges of a tile and key-value head up.</summary>
    private static void CombineTile(ref AttentionJob job, int item)
    {
        int index = item / job.KvHeads, kvHead = item % job.KvHeads, first = job.FirstRanges[index];
        var tile = AttentionTileRows.Find(ref job, index);
        float* sums = stackalloc float[job.Layout.ValueSize];
        nint rangeStride = (nint)(Partial(ref job, 1, 0) - Partial(ref job, 0, 0));
        for (int r = 0; r < tile.Tokens * job.Group; r++)
        {
            float* partials = Partial(ref job, first, kvHead) + ((nint)r * AttentionRange.PartialStride(job.Layout));
            AttentionRange.Combine(partials, rangeStride, tile.Ranges, job.Layout.ValueSize, sums, tile.Row(ref job, kvHead, r));
        }
    }

    private static float* Partial(ref AttentionJob job, int range, int kvHead) =>
        job.Partials + ((((nint)range * job.KvHeads) + kvHead) * job.RowsPerTile * AttentionRange.PartialStride(job.Layout));

    private static void CopyQueries(ref AttentionJob job, in AttentionTileRows tile, int kvHead, float* queries)
    {
        for (int r = 0; r < tile.Tokens * job.Group; r++)
            tile.Row(ref job, kvHead, r).CopyTo(new Span<float>(queries + (r * job.HeadSize), job.HeadSize));
    }
}

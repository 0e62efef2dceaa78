using System.Runtime.CompilerServices;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// <c>serverless.PagedAttention</c>: causal grouped-query attention with rotary embedding over a paged cache, for packed tokens of several
/// sequences. The inputs are those of com.microsoft.PagedAttention that it needs, in its order: query [T, H*D], key and value [T, Hk*D],
/// key_cache and value_cache [blocks, block_size, Hk, D] (updated in place), cumulative_sequence_length i32[B+1], past_seqlens i32[B],
/// block_table i32[B, max], cos_cache and sin_cache [positions, D/2] (rotation of halves, as Hugging Face's Llama), slot_mapping i32[T].
/// Each query row reads keys in the order of their positions with one chain of sums (see <see cref="AttentionTile"/>), so its result does
/// not depend on the batch, on how a prompt is cut into chunks, or on where its blocks lie.
/// </summary>
internal sealed unsafe class PagedAttentionKernel(int heads, int kvHeads, float scale) : OperatorKernel
{
    /// <summary>Query rows (tokens x heads of a group) that share the loads of keys and values.</summary>
    private const int RowsPerTile = 8;

    private const int TokensPerItem = 32;
    private const long ParallelFrom = 500_000;

    public override void Compute(OperatorContext context)
    {
        var query = context.Input(0);
        var keyCache = context.Input(3);
        var lengths = context.Input(5);
        var blockTable = context.Input(7);
        var job = new Job
        {
            Query = query.Floats,
            Key = context.Input(1).Floats,
            Value = context.Input(2).Floats,
            KeyCache = keyCache.Floats,
            ValueCache = context.Input(4).Floats,
            Lengths = lengths.Ints,
            Past = context.Input(6).Ints,
            BlockTable = blockTable.Ints,
            Cos = context.Input(8).Floats,
            Sin = context.Input(9).Floats,
            Slots = context.Input(10).Ints,
            Tokens = query.Dimension(0),
            Sequences = lengths.Dimension(0) - 1,
            Blocks = keyCache.Dimension(0),
            BlockSize = keyCache.Dimension(1),
            TableWidth = blockTable.Dimension(1),
            Positions = context.Input(8).Dimension(0),
            Heads = heads,
            KvHeads = kvHeads,
            HeadSize = keyCache.Dimension(3),
            Scale = scale,
        };
        job.TokensPerTile = Math.Max(1, RowsPerTile / (heads / kvHeads));
        job.Output = context.Output(job.Tokens, query.Dimension(1));

        // First tile of each sequence; the workers search it.
        int* firstTiles = stackalloc int[job.Sequences + 1];
        long work = Plan(ref job, firstTiles);
        job.FirstTiles = firstTiles;

        int items = (job.Tokens + TokensPerItem - 1) / TokensPerItem;
        context.For(items, inline: job.Tokens <= TokensPerItem, ref job, &RotateAndStore);
        context.For(firstTiles[job.Sequences] * kvHeads, inline: work < ParallelFrom, ref job, &Attend);
    }

    /// <summary>Counts tiles, and checks every index that the kernel will follow: a wrong one would read or write foreign memory.</summary>
    private static long Plan(ref Job job, int* firstTiles)
    {
        long work = 0;
        firstTiles[0] = 0;
        if (job.Lengths[0] != 0 || job.Lengths[job.Sequences] != job.Tokens)
            throw new ArgumentException("PagedAttention: cumulative_sequence_length does not cover the tokens.");

        for (int b = 0; b < job.Sequences; b++)
        {
            int count = job.Lengths[b + 1] - job.Lengths[b];
            int total = job.Past[b] + count;
            if (count < 0 || job.Past[b] < 0 || total > job.Positions || total > job.TableWidth * job.BlockSize)
                throw new ArgumentException("PagedAttention: a sequence's lengths are out of range.");

            int* table = job.BlockTable + ((nint)b * job.TableWidth);
            for (int i = 0; i * job.BlockSize < total; i++)
                if ((uint)table[i] >= (uint)job.Blocks)
                    throw new ArgumentException("PagedAttention: block_table names a block that does not exist.");

            firstTiles[b + 1] = firstTiles[b] + ((count + job.TokensPerTile - 1) / job.TokensPerTile);
            work += 2L * count * total * job.Heads * job.HeadSize;
        }
        for (int t = 0; t < job.Tokens; t++)
            if (job.Slots[t] >= job.Blocks * job.BlockSize)
                throw new ArgumentException("PagedAttention: slot_mapping names a slot that does not exist.");

        return work;
    }

    /// <summary>Turns the queries of some tokens into the output's place, and puts their turned keys and their values into the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RotateAndStore(ref Job job, int item)
    {
        int end = Math.Min(job.Tokens, (item + 1) * TokensPerItem);
        int sequence = 0;
        int size = job.HeadSize, width = job.KvHeads * size;
        for (int t = item * TokensPerItem; t < end; t++)
        {
            while (t >= job.Lengths[sequence + 1])
                sequence++;

            nint position = job.Past[sequence] + t - job.Lengths[sequence];
            float* cos = job.Cos + (position * (size / 2)), sin = job.Sin + (position * (size / 2));
            nint row = (nint)t * job.Heads * size;
            for (int h = 0; h < job.Heads; h++)
                Rotate(job.Query + row + (h * size), job.Output + row + (h * size), cos, sin, size / 2, job.Scale);

            if (job.Slots[t] < 0)
                continue;

            float* key = job.Key + ((nint)t * width), storedKey = job.KeyCache + ((nint)job.Slots[t] * width);
            for (int h = 0; h < job.KvHeads; h++)
                Rotate(key + (h * size), storedKey + (h * size), cos, sin, size / 2, 1);

            new ReadOnlySpan<float>(job.Value + ((nint)t * width), width).CopyTo(new Span<float>(job.ValueCache + ((nint)job.Slots[t] * width), width));
        }
    }

    private static void Rotate(float* source, float* destination, float* cos, float* sin, int half, float factor)
    {
        for (int i = 0; i < half; i++)
        {
            float a = source[i], b = source[i + half];
            destination[i] = ((a * cos[i]) - (b * sin[i])) * factor;
            destination[i + half] = ((b * cos[i]) + (a * sin[i])) * factor;
        }
    }

    /// <summary>One tile: a few tokens of one sequence, all heads of one key-value head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Attend(ref Job job, int item)
    {
        int tile = item / job.KvHeads, kvHead = item % job.KvHeads;
        int sequence = 0;
        while (tile >= job.FirstTiles[sequence + 1])
            sequence++;

        int group = job.Heads / job.KvHeads, size = job.HeadSize;
        int first = job.Lengths[sequence] + ((tile - job.FirstTiles[sequence]) * job.TokensPerTile);
        int tokens = Math.Min(job.TokensPerTile, job.Lengths[sequence + 1] - first);
        int firstPosition = job.Past[sequence] + first - job.Lengths[sequence];
        int rows = tokens * group, keys = firstPosition + tokens;
        int scoreStride = (keys + AttentionTile.Lanes - 1) & -AttentionTile.Lanes;

        float* scratch = (float*)OperatorScratch.Get(sizeof(float) * rows * ((2 * size) + scoreStride));
        float* queries = scratch, sums = queries + (rows * size), scores = sums + (rows * size);
        for (int r = 0; r < rows; r++)
            Row(ref job, first, kvHead, r, group).CopyTo(new Span<float>(queries + (r * size), size));

        nint stride = (nint)job.KvHeads * size;
        int* table = job.BlockTable + ((nint)sequence * job.TableWidth);
        for (int at = 0; at < keys; at += job.BlockSize)
        {
            float* block = job.KeyCache + ((table[at / job.BlockSize] * (nint)job.BlockSize * stride) + (kvHead * size));
            DotProducts.Multiply(queries, rows, size, block, Math.Min(job.BlockSize, keys - at), stride, size, scores + at, scoreStride);
        }
        for (int r = 0; r < rows; r++)
            AttentionTile.SoftMax(scores + ((nint)r * scoreStride), firstPosition + (r / group) + 1, scoreStride);

        new Span<float>(sums, rows * size).Clear();
        for (int at = 0; at < keys; at += job.BlockSize)
        {
            float* block = job.ValueCache + ((table[at / job.BlockSize] * (nint)job.BlockSize * stride) + (kvHead * size));
            AttentionTile.Accumulate(scores + at, scoreStride, rows, block, Math.Min(job.BlockSize, keys - at), stride, size, sums);
        }
        for (int r = 0; r < rows; r++)
            new ReadOnlySpan<float>(sums + (r * size), size).CopyTo(Row(ref job, first, kvHead, r, group));
    }

    private static Span<float> Row(ref Job job, int firstToken, int kvHead, int row, int group)
    {
        int token = firstToken + (row / group), head = (kvHead * group) + (row % group);
        return new Span<float>(job.Output + ((((nint)token * job.Heads) + head) * job.HeadSize), job.HeadSize);
    }

    private struct Job
    {
        public float* Query, Key, Value, KeyCache, ValueCache, Cos, Sin, Output;
        public int* Lengths, Past, BlockTable, Slots, FirstTiles;
        public int Tokens, Sequences, Blocks, BlockSize, TableWidth, Positions, Heads, KvHeads, HeadSize, TokensPerTile;
        public float Scale;
    }
}

using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>What the parts of one call of <see cref="PagedAttentionKernel"/> work on.</summary>
internal unsafe struct AttentionJob
{
    /// <summary>[T, (H + 2 Hk) D]: queries, keys and values of each token.</summary>
    public float* Packed;

    /// <summary>[T, H D]; holds the turned queries until their results take their places.</summary>
    public float* Output;

    /// <summary>[positions, D/2]</summary>
    public float* Cos, Sin;

    public byte* KeyCache, ValueCache;

    public int* Lengths, Past, BlockTable, Slots;

    /// <summary>[B+1], the first tile of each sequence.</summary>
    public int* FirstTiles;

    /// <summary>[tiles + 1], the first range of each tile; null where an item is a tile with all of its ranges.</summary>
    public int* FirstRanges;

    /// <summary>Partial results of ranges that are items of their own.</summary>
    public float* Partials;

    public int Tokens, Sequences, Blocks, TableWidth, Positions, Heads, KvHeads, TokensPerTile;

    public float Scale;

    public KvCacheLayout Layout;

    /// <summary>See <see cref="AttentionProducts.Score"/>.</summary>
    public delegate*<float*, int, int, byte*, nint, int, float*, nint, byte*, void> Score;

    /// <summary>See <see cref="AttentionProducts.Accumulate"/>.</summary>
    public delegate*<float*, nint, int, byte*, int, int, float*, nint, byte*, void> Accumulate;

    public readonly int Group => Heads / KvHeads;

    public readonly int HeadSize => Layout.HeadSize;

    public readonly int RowsPerTile => TokensPerTile * Group;

    public readonly int PackedWidth => (Heads + (2 * KvHeads)) * HeadSize;

    public readonly byte* Keys(nint block, int kvHead) => KeyCache + (((block * KvHeads) + kvHead) * Layout.KeyBytes);

    public readonly byte* Values(nint block, int kvHead) => ValueCache + (((block * KvHeads) + kvHead) * Layout.ValueBytes);
}

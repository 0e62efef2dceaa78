namespace Serverless.GpuWorker.Model.Formats;

/// <summary>
/// How the tokens of one block lie in memory for one key-value head. Keys are turned, [HeadSize][Tokens], so that a vector holds one dimension
/// of neighbouring tokens and no product ends in a sum across lanes; values are [Tokens][ValueSize]. Both are padded to whole pairs of the
/// widest vectors. In <see cref="KvCacheFormat.Int8"/> the scales follow, a float a token. A cache is [blocks, kv_heads, bytes], of bytes.
/// </summary>
internal readonly record struct KvCacheLayout(KvCacheFormat Format, int BlockSize, int HeadSize)
{
    /// <summary>Lanes of a pair of vectors: what tokens of keys and dimensions of values are padded to.</summary>
    public const int PairLanes = 32;

    /// <summary>Tokens of a block, padding included.</summary>
    public int Tokens => RoundUp(BlockSize);

    /// <summary>Dimensions of a value, padding included.</summary>
    public int ValueSize => RoundUp(HeadSize);

    public int ElementBytes => Format == KvCacheFormat.Int8 ? sizeof(sbyte) : sizeof(float);

    /// <summary>Where the keys' scales begin.</summary>
    public int KeyScales => checked(HeadSize * Tokens * ElementBytes);

    /// <summary>Where the values' scales begin.</summary>
    public int ValueScales => checked(Tokens * ValueSize * ElementBytes);

    public int KeyBytes => KeyScales + ScaleBytes;

    public int ValueBytes => ValueScales + ScaleBytes;

    private int ScaleBytes => Format == KvCacheFormat.Int8 ? Tokens * sizeof(float) : 0;

    /// <exception cref="ArgumentException">The format is one of CUDA's alone.</exception>
    public static KvCacheLayout Of(LlamaConfig config, KvCacheFormat format, int blockSize) => format is KvCacheFormat.Float32 or KvCacheFormat.Int8
        ? new(format, blockSize, config.HeadSize)
        : throw new ArgumentException("KvCacheFormat must be float32 or int8 on the CPU.", nameof(format));

    /// <summary>Bytes that one block takes, keys and values of all heads and layers together.</summary>
    public static long BytesPerBlock(LlamaConfig config, KvCacheFormat format, int blockSize)
    {
        var layout = Of(config, format, blockSize);
        return (long)config.Layers * config.KvHeads * (layout.KeyBytes + layout.ValueBytes);
    }

    public static int RoundUp(int count) => (count + PairLanes - 1) & -PairLanes;
}

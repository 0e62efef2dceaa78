using System.Runtime.Intrinsics;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// The two products of attention over part of a block of the cache (<see cref="KvCacheLayout"/>). A score is one chain of fused multiply-adds in
/// the order of dimensions, an element of a sum one chain in the order of tokens: the same in every implementation and whatever rows share
/// the loads, so a row's result is the same bit for bit in any company and on any machine.
/// </summary>
internal sealed unsafe class AttentionProducts
{
    private AttentionProducts(
        string name,
        delegate*<float*, int, int, byte*, nint, int, float*, nint, byte*, void> score,
        delegate*<float*, nint, int, byte*, int, int, float*, nint, byte*, void> accumulate)
    {
        Name = name;
        Score = score;
        Accumulate = accumulate;
    }

    public string Name { get; }

    /// <summary>
    /// Arguments: query rows [rows, size]; rows; size; keys of the first lane; bytes between two dimensions; lanes, a multiple of
    /// <see cref="KvCacheLayout.PairLanes"/>; scores [rows, lanes], written; floats between rows of scores; memory that is wanted next.
    /// </summary>
    public delegate*<float*, int, int, byte*, nint, int, float*, nint, byte*, void> Score { get; }

    /// <summary>
    /// Arguments: weights [rows, count]; floats between rows of weights; rows; values; count of tokens; size, a multiple of
    /// <see cref="KvCacheLayout.PairLanes"/>; sums [rows, size], added to; floats between rows of sums; memory that is wanted next.
    /// </summary>
    public delegate*<float*, nint, int, byte*, int, int, float*, nint, byte*, void> Accumulate { get; }

    /// <summary>Those that this machine can run for caches of <paramref name="format"/>, the fastest first.</summary>
    public static IReadOnlyList<AttentionProducts> Supported(KvCacheFormat format)
    {
        AttentionProducts Of<TElement>(bool isWide)
            where TElement : struct, IKvElement => isWide
            ? new("avx512", &TiledAttentionProducts<FloatVectors512, Vector512<float>, TElement>.Score, &TiledAttentionProducts<FloatVectors512, Vector512<float>, TElement>.Accumulate)
            : new("portable", &TiledAttentionProducts<FloatVectors256, Vector256<float>, TElement>.Score, &TiledAttentionProducts<FloatVectors256, Vector256<float>, TElement>.Accumulate);
        bool[] widths = Vector512.IsHardwareAccelerated ? [true, false] : [false];
        return [.. widths.Select(isWide => format == KvCacheFormat.Int8 ? Of<Int8KvElement>(isWide) : Of<FloatKvElement>(isWide))];
    }

    public static AttentionProducts Best(KvCacheFormat format) => Supported(format)[0];

    public override string ToString() => Name;
}

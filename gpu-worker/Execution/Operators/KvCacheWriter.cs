using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// Turns a step's queries and keys to their positions (rotation of halves, as Hugging Face's Llama) and puts keys and values into the cache. In
/// <see cref="KvCacheFormat.Int8"/> a key or value of one token and head is quantised by itself, to amax / 127 a level, so what is stored
/// depends on that token only.
/// </summary>
internal static unsafe class KvCacheWriter
{
    public const int TokensPerItem = 32;

    private const int Lanes = 4;

    /// <summary>Numbers that are all smaller count as zeros: their inverse scale would not be a number.</summary>
    private const float Smallest = 1e-30f;

    /// <summary>Does so for the tokens of <paramref name="item"/>. Queries go, turned and scaled, into the output's place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(ref AttentionJob job, int item)
    {
        int end = Math.Min(job.Tokens, (item + 1) * TokensPerItem), sequence = 0, size = job.HeadSize;
        float* turned = stackalloc float[size];
        for (int t = item * TokensPerItem; t < end; t++)
        {
            while (t >= job.Lengths[sequence + 1])
                sequence++;

            nint position = job.Past[sequence] + t - job.Lengths[sequence];
            float* cos = job.Cos + (position * (size / 2)), sin = job.Sin + (position * (size / 2));
            float* row = job.Packed + ((nint)t * job.PackedWidth), output = job.Output + ((nint)t * job.Heads * size);
            for (int h = 0; h < job.Heads; h++)
                Rotate(row + (h * size), output + (h * size), cos, sin, size / 2, job.Scale);

            int slot = job.Slots[t];
            if (slot < 0)
                continue;

            float* keys = row + (job.Heads * size), values = keys + (job.KvHeads * size);
            var (block, token) = Math.DivRem(slot, job.Layout.BlockSize);
            for (int h = 0; h < job.KvHeads; h++)
            {
                Rotate(keys + (h * size), turned, cos, sin, size / 2, 1);
                StoreKey(job.Layout, turned, job.Keys(block, h), token);
                StoreValue(job.Layout, values + (h * size), job.Values(block, h), token);
            }
        }
    }

    private static void Rotate(float* source, float* destination, float* cos, float* sin, int half, float factor)
    {
        for (int i = 0; i < half; i += Lanes)
        {
            Vector128<float> a = Vector128.Load(source + i), b = Vector128.Load(source + i + half), c = Vector128.Load(cos + i), s = Vector128.Load(sin + i);
            (((a * c) - (b * s)) * factor).Store(destination + i);
            (((b * c) + (a * s)) * factor).Store(destination + i + half);
        }
    }

    private static void StoreKey(in KvCacheLayout layout, float* key, byte* keys, int token)
    {
        int stride = layout.Tokens;
        if (layout.Format == KvCacheFormat.Int8)
        {
            sbyte* levels = stackalloc sbyte[layout.HeadSize];
            ((float*)(keys + layout.KeyScales))[token] = Quantize(key, layout.HeadSize, levels);
            for (int d = 0; d < layout.HeadSize; d++)
                ((sbyte*)keys)[(d * stride) + token] = levels[d];

            return;
        }
        for (int d = 0; d < layout.HeadSize; d++)
            ((float*)keys)[(d * stride) + token] = key[d];
    }

    private static void StoreValue(in KvCacheLayout layout, float* value, byte* values, int token)
    {
        int first = token * layout.ValueSize;
        if (layout.Format == KvCacheFormat.Int8)
            ((float*)(values + layout.ValueScales))[token] = Quantize(value, layout.HeadSize, (sbyte*)values + first);
        else
            new ReadOnlySpan<float>(value, layout.HeadSize).CopyTo(new Span<float>((float*)values + first, layout.HeadSize));
    }

    /// <summary>Returns the scale: NaN when a number is not finite, so that whatever sees the token is NaN as well.</summary>
    private static float Quantize(float* source, int size, sbyte* levels)
    {
        // As integers, magnitudes order like numbers, and infinities and NaN are the largest.
        var largest = Vector128<int>.Zero;
        for (int d = 0; d < size; d += Lanes)
            largest = Vector128.Max(largest, Vector128.Load((int*)source + d) & Vector128.Create(int.MaxValue));

        largest = Vector128.Max(largest, Vector128.Shuffle(largest, Vector128.Create(2, 3, 0, 1)));
        largest = Vector128.Max(largest, Vector128.Shuffle(largest, Vector128.Create(1, 0, 3, 2)));
        float amax = largest.AsSingle().ToScalar();
        if (!float.IsFinite(amax) || amax < Smallest)
        {
            new Span<sbyte>(levels, size).Clear();
            return float.IsFinite(amax) ? 0 : float.NaN;
        }
        var inverse = Vector128.Create(sbyte.MaxValue / amax);
        for (int d = 0; d < size; d += 2 * Lanes)
        {
            var low = Vector128.ConvertToInt32Native(Vector128.Round(Vector128.Load(source + d) * inverse));
            var high = Vector128.ConvertToInt32Native(Vector128.Round(Vector128.Load(source + d + Lanes) * inverse));
            var words = Vector128.Narrow(low, high);
            *(long*)(levels + d) = Vector128.Narrow(words, words).AsInt64().ToScalar();
        }
        return amax / sbyte.MaxValue;
    }
}

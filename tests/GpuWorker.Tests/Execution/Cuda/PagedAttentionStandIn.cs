using System.Numerics.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

/// <summary>
/// com.microsoft.PagedAttention as its schema describes it, in float64, for the CPU: packed qkv, rotary, slots, caches with scales for each channel. It is stricter
/// than the kernel: an index out of range, a bound that does not hold or tokens beyond the last sequence are errors, not undefined behaviour.
/// </summary>
internal sealed unsafe class PagedAttentionStandIn(int heads, int kvHeads, float scale, KvCacheFormat cache) : OperatorKernel
{
    private const int Float16 = 10, Int8 = 3, Int32 = 6, Float = 1;

    /// <summary>The domain under which graphs of tests look for it.</summary>
    public const string Domain = "standin";

    private static readonly Dictionary<KvCacheFormat, nint> Handles = Enum.GetValues<KvCacheFormat>().ToDictionary(cache => cache, CreateDomain);

    private double[] _keys = [], _values = [];

    public static void Register(Microsoft.ML.OnnxRuntime.SessionOptions options, KvCacheFormat cache) => OrtNativeApi.AddDomain(options.DangerousGetHandle(), Handles[cache]);

    public override void Compute(OperatorContext context)
    {
        var packed = context.Input(0);
        Assert.False(context.Input(1).IsPresent);
        Assert.False(context.Input(2).IsPresent);
        OperatorTensor keys = context.Input(3), values = context.Input(4), cumulative = context.Input(5), past = context.Input(6), table = context.Input(7);
        OperatorTensor cos = context.Input(8), sin = context.Input(9), slots = context.Input(10), keyScale = context.Input(14), valueScale = context.Input(15), bounds = context.Input(16);
        int tokens = packed.Dimension(0), size = packed.Dimension(1) / (heads + (2 * kvHeads)), sequences = past.Dimension(0);
        int blocks = keys.Dimension(0), blockSize = keys.Dimension(1), width = table.Dimension(1), row = (heads + (2 * kvHeads)) * size;
        Assert.Equal(kvHeads, keys.Dimension(2));
        Assert.Equal(size, keys.Dimension(3));
        Assert.Equal(sequences + 1, cumulative.Dimension(0));
        Assert.Equal(tokens, slots.Dimension(0));
        Assert.Equal(tokens, cumulative.Ints[sequences]);
        Assert.Equal(2, bounds.Dimension(0));
        Assert.True(blockSize >= 16 && int.IsPow2(blockSize));
        for (int i = 0; i < sequences * width; i++)
            Assert.InRange(table.Ints[i], 0, blocks - 1);

        void* keyData = keys.Data, valueData = values.Data;
        float* keyScales = Scales(keyScale, size), valueScales = Scales(valueScale, size);
        var query = new double[tokens][];
        for (int s = 0; s < sequences; s++)
        {
            int count = cumulative.Ints[s + 1] - cumulative.Ints[s];
            Assert.InRange(count, 1, bounds.Ints[0]);
            Assert.InRange(past.Ints[s] + count, 1, bounds.Ints[1]);
            for (int t = cumulative.Ints[s]; t < cumulative.Ints[s + 1]; t++)
            {
                int position = past.Ints[s] + t - cumulative.Ints[s];
                Half* at = (Half*)packed.Data + ((long)t * row);
                query[t] = Rotated(at, heads, size, position, cos, sin);
                int slot = slots.Ints[t];
                Assert.InRange(slot, -1, (blocks * blockSize) - 1);
                if (slot < 0)
                    continue;

                double[] key = Rotated(at + (heads * size), kvHeads, size, position, cos, sin);
                for (int i = 0; i < kvHeads * size; i++)
                {
                    Store(keyData, ((long)slot * kvHeads * size) + i, key[i], keyScales, i);
                    Store(valueData, ((long)slot * kvHeads * size) + i, (double)at[((heads + kvHeads) * size) + i], valueScales, i);
                }
            }
        }

        Half* output = (Half*)context.RawOutput(tokens, heads * size);
        for (int s = 0; s < sequences; s++)
        {
            int first = cumulative.Ints[s], count = cumulative.Ints[s + 1] - first, length = past.Ints[s] + count;
            int* sequenceTable = table.Ints + (s * width);
            for (int head = 0; head < heads; head++)
            {
                int kvHead = head / (heads / kvHeads);
                if (head % (heads / kvHeads) == 0)
                {
                    _keys = Context(keyData, sequenceTable, length, blockSize, kvHead, size, keyScales);
                    _values = Context(valueData, sequenceTable, length, blockSize, kvHead, size, valueScales);
                }
                for (int t = 0; t < count; t++)
                    Attend(query[first + t].AsSpan(head * size, size), past.Ints[s] + t + 1, output + ((((long)first + t) * heads) + head) * size);
            }
        }
    }

    /// <summary>One head's keys or values of a sequence, [length, size].</summary>
    private double[] Context(void* data, int* sequenceTable, int length, int blockSize, int kvHead, int size, float* scales)
    {
        var context = new double[length * size];
        for (int j = 0; j < length; j++)
        {
            long at = ((((long)sequenceTable[j / blockSize] * blockSize) + (j % blockSize)) * kvHeads + kvHead) * size;
            for (int d = 0; d < size; d++)
                context[(j * size) + d] = Load(data, at + d, scales, (kvHead * size) + d);
        }
        return context;
    }

    private void Attend(ReadOnlySpan<double> query, int length, Half* output)
    {
        int size = query.Length;
        var weights = new double[length];
        for (int j = 0; j < length; j++)
            weights[j] = TensorPrimitives.Dot(query, _keys.AsSpan(j * size, size)) * scale;

        double most = weights.Max(), sum = 0;
        for (int j = 0; j < length; j++)
            sum += weights[j] = Math.Exp(weights[j] - most);

        var result = new double[size];
        for (int j = 0; j < length; j++)
            TensorPrimitives.MultiplyAdd(_values.AsSpan(j * size, size), weights[j] / sum, result, result);

        for (int d = 0; d < size; d++)
            output[d] = (Half)result[d];
    }

    /// <summary>As RotaryEmbedding with interleaved = 0: an element turns with the one half a head away.</summary>
    private static double[] Rotated(Half* x, int count, int size, int position, OperatorTensor cos, OperatorTensor sin)
    {
        int half = size / 2;
        Assert.InRange(position, 0, cos.Dimension(0) - 1);
        var rotated = new double[count * size];
        for (int head = 0; head < count; head++)
        {
            for (int i = 0; i < half; i++)
            {
                double c = (double)((Half*)cos.Data)[(position * half) + i], s = (double)((Half*)sin.Data)[(position * half) + i];
                double a = (double)x[(head * size) + i], b = (double)x[(head * size) + half + i];
                rotated[(head * size) + i] = (double)(Half)((a * c) - (b * s));
                rotated[(head * size) + half + i] = (double)(Half)((b * c) + (a * s));
            }
        }
        return rotated;
    }

    /// <summary>[kv_heads, 1, head_size] of PER_CHANNEL; there are none of a cache that is as activations are.</summary>
    private float* Scales(OperatorTensor scales, int size)
    {
        Assert.Equal(cache != KvCacheFormat.Float32, scales.IsPresent);
        if (scales.IsPresent)
            Assert.Equal([kvHeads, 1, size], scales.Shape.ToArray());

        return scales.Floats;
    }

    private void Store(void* data, long at, double value, float* scales, int channel)
    {
        if (cache == KvCacheFormat.Int8)
            ((sbyte*)data)[at] = (sbyte)Math.Clamp(Math.Round(value / scales[channel]), -128, 127);
        else if (cache == KvCacheFormat.Float8)
            ((byte*)data)[at] = Float8E4M3.FromDouble(value / scales[channel]);
        else
            ((Half*)data)[at] = (Half)value;
    }

    private double Load(void* data, long at, float* scales, int channel) => cache switch
    {
        KvCacheFormat.Int8 => ((sbyte*)data)[at] * (double)scales[channel],
        KvCacheFormat.Float8 => Float8E4M3.ToDouble(((byte*)data)[at]) * scales[channel],
        _ => (double)((Half*)data)[at],
    };

    private static nint CreateDomain(KvCacheFormat cache)
    {
        nint domain;
        fixed (byte* text = System.Text.Encoding.UTF8.GetBytes(Domain + '\0'))
            domain = OrtNativeApi.CreateCustomOpDomain(text);

        int element = cache switch
        {
            KvCacheFormat.Int8 => Int8,
            KvCacheFormat.Float8 => Float8View.Float8E4M3FN,
            _ => Float16,
        };
        var signature = new OperatorSignature(
            "PagedAttention",
            [Float16, Float16, Float16, element, element, Int32, Int32, Int32, Float16, Float16, Int32, Float16, Float16, Float16, Float, Float, Int32])
        {
            Optional = [1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16],
            OutputType = Float16,
        };
        OrtNativeApi.AddOperator(domain, CustomOperator.Create(signature, info => new PagedAttentionStandIn(
            (int)OrtNativeApi.IntAttribute(info, "num_heads\0"u8),
            (int)OrtNativeApi.IntAttribute(info, "kv_num_heads\0"u8),
            OrtNativeApi.FloatAttribute(info, "scale\0"u8),
            cache)));
        return domain;
    }
}

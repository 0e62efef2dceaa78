using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Serverless.GpuWorker.Model;

/// <summary>
/// Symmetric quantisation of weight rows in blocks of 32: w = q * scale, scale = max|w| / 127 (int8) or / 7 (int4). An int4 pair is one byte,
/// the even element in the low nibble, stored with zero point 8. A block of zeros has scale 0.
/// </summary>
internal static class BlockQuantizer
{
    public const int BlockSize = 32;

    private const int ZeroPoint = 8;

    public static void QuantizeInt8(ReadOnlySpan<float> row, Span<sbyte> quantized, Span<float> scales)
    {
        for (int block = 0; block < scales.Length; block++)
        {
            var values = row.Slice(block * BlockSize, BlockSize);
            float inverse = Scale(values, sbyte.MaxValue, out scales[block]);
            for (int i = 0; i < BlockSize; i++)
                quantized[(block * BlockSize) + i] = (sbyte)MathF.Round(values[i] * inverse);
        }
    }

    public static void QuantizeInt4(ReadOnlySpan<float> row, Span<byte> quantized, Span<float> scales)
    {
        for (int block = 0; block < scales.Length; block++)
        {
            var values = row.Slice(block * BlockSize, BlockSize);
            float inverse = Scale(values, 7, out scales[block]);
            for (int i = 0; i < BlockSize; i += 2)
            {
                int low = (int)MathF.Round(values[i] * inverse) + ZeroPoint;
                int high = (int)MathF.Round(values[i + 1] * inverse) + ZeroPoint;
                quantized[((block * BlockSize) + i) / 2] = (byte)(low | (high << 4));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WidenInt8(ReadOnlySpan<sbyte> quantized, ReadOnlySpan<float> scales, Span<float> destination)
    {
        for (int block = 0; block < scales.Length; block++)
        {
            var scale = Vector256.Create(scales[block]);
            for (int i = 0; i < BlockSize; i += Vector128<sbyte>.Count)
            {
                int at = (block * BlockSize) + i;
                var (low, high) = Vector256.Widen(Vector256.WidenLower(Vector128.Create(quantized.Slice(at, Vector128<sbyte>.Count)).ToVector256()));
                (Vector256.ConvertToSingle(low) * scale).CopyTo(destination[at..]);
                (Vector256.ConvertToSingle(high) * scale).CopyTo(destination[(at + 8)..]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WidenInt4(ReadOnlySpan<byte> quantized, ReadOnlySpan<float> scales, Span<float> destination)
    {
        for (int block = 0; block < scales.Length; block++)
        {
            float scale = scales[block];
            for (int i = 0; i < BlockSize / 2; i++)
            {
                int at = (block * BlockSize / 2) + i;
                destination[2 * at] = ((quantized[at] & 0xF) - ZeroPoint) * scale;
                destination[(2 * at) + 1] = ((quantized[at] >> 4) - ZeroPoint) * scale;
            }
        }
    }

    private static float Scale(ReadOnlySpan<float> values, int levels, out float scale)
    {
        float largest = MathF.Abs(TensorPrimitives.MaxMagnitude(values));
        scale = largest / levels;
        return scale > 0 ? 1 / scale : 0;
    }
}

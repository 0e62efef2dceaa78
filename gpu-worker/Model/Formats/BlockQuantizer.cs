using System.Numerics.Tensors;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>
/// Symmetric quantisation of weight rows in blocks of 32: w = (level - zero point) * scale, with 2^bits levels and the zero point in their
/// middle. The value of largest magnitude takes the lowest level, whatever its sign: so all 2^bits levels are used, and a scale may be
/// negative (as in llama.cpp's Q4_0). Scales are bfloat16: they have a float's range, and levels are chosen for the rounded scale.
/// </summary>
internal static class BlockQuantizer
{
    public const int BlockSize = 32;

    /// <summary>The level that stands for 0.</summary>
    public static int ZeroPoint(int bits) => 1 << (bits - 1);

    /// <param name="row">A multiple of 32 values.</param>
    /// <param name="bits">4 or 8.</param>
    /// <param name="levels">As long as the row.</param>
    /// <param name="scales">One bfloat16 a block.</param>
    /// <returns>False when a value is not finite.</returns>
    public static bool TryQuantize(ReadOnlySpan<float> row, int bits, Span<byte> levels, Span<ushort> scales)
    {
        int zero = ZeroPoint(bits);
        for (int block = 0; block < scales.Length; block++)
        {
            var values = row.Slice(block * BlockSize, BlockSize);
            float extreme = TensorPrimitives.MaxMagnitude(values);
            if (!float.IsFinite(extreme))
                return false;

            scales[block] = ToBFloat16(extreme / -zero);
            float inverse = 1 / ToSingle(scales[block]);
            if (!float.IsFinite(inverse))
            {
                // Zeros, or numbers too small to divide by.
                scales[block] = 0;
                inverse = 0;
            }
            for (int i = 0; i < BlockSize; i++)
                levels[(block * BlockSize) + i] = (byte)Math.Clamp((int)MathF.Round(values[i] * inverse) + zero, 0, (2 * zero) - 1);
        }
        return true;
    }

    /// <summary>What the levels and scales of <see cref="TryQuantize"/> are away from the row.</summary>
    public static QuantizationError Error(ReadOnlySpan<float> row, int bits, ReadOnlySpan<byte> levels, ReadOnlySpan<ushort> scales)
    {
        int zero = ZeroPoint(bits);
        double error = 0, norm = 0;
        for (int block = 0; block < scales.Length; block++)
        {
            float scale = ToSingle(scales[block]), blockError = 0, blockNorm = 0;
            for (int i = block * BlockSize; i < (block + 1) * BlockSize; i++)
            {
                float difference = row[i] - ((levels[i] - zero) * scale);
                blockError += difference * difference;
                blockNorm += row[i] * row[i];
            }
            error += blockError;
            norm += blockNorm;
        }
        return new QuantizationError(error, norm);
    }

    public static float ToSingle(ushort scale) => BitConverter.UInt32BitsToSingle((uint)scale << 16);

    /// <summary>To nearest even; <paramref name="value"/> is finite.</summary>
    private static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}

using System.Runtime.InteropServices;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>
/// Rows quantised by <see cref="BlockQuantizer"/> in the layout of com.microsoft.MatMulNBits (onnxruntime, docs/ContribOperators.md): levels
/// [N, K/32, 4 * bits] bytes, of two nibbles the low one first, scales [N, K/32], and the zero point in the middle, which is the operator's
/// default. So the CUDA graph has the very levels that the CPU's has.
/// </summary>
internal static unsafe class NBitsMatrix
{
    /// <param name="name">For the message.</param>
    /// <param name="bits">4 or 8.</param>
    /// <param name="columns">K, a multiple of 32.</param>
    /// <param name="levels">As many bytes as rows * <see cref="RowBytes"/>.</param>
    /// <param name="scales">rows * columns / 32 elements of <paramref name="scaleType"/>.</param>
    /// <param name="scaleType">F16 or BF16.</param>
    /// <exception cref="CheckpointException">A weight is not finite, or too large for a scale.</exception>
    public static void Quantize(string name, int bits, int rows, int columns, TensorType scaleType, PackedMatrix.RowReader read, byte* levels, ushort* scales)
    {
        int blocks = columns / BlockQuantizer.BlockSize, rowBytes = RowBytes(bits, columns), wrong = -1;
        Parallel.For(
            0,
            rows,
            () => (Row: new float[columns], Levels: new byte[columns]),
            (row, _, buffers) =>
            {
                read(row, buffers.Row);
                var target = new Span<ushort>(scales + ((nint)row * blocks), blocks);
                if (!BlockQuantizer.TryQuantize(buffers.Row, bits, buffers.Levels, target) || !TryConvert(scaleType, target))
                    Volatile.Write(ref wrong, row);

                Pack(bits, buffers.Levels, new Span<byte>(levels + ((nint)row * rowBytes), rowBytes));
                return buffers;
            },
            static _ => { });
        if (wrong >= 0)
            throw new CheckpointException($"{name}: row {wrong} holds a value that is not a finite number, or one too large for a scale of {scaleType}.");
    }

    public static int RowBytes(int bits, int columns) => columns * bits / 8;

    private static void Pack(int bits, ReadOnlySpan<byte> levels, Span<byte> target)
    {
        if (bits == 8)
        {
            levels.CopyTo(target);
            return;
        }
        for (int i = 0; i < target.Length; i++)
            target[i] = (byte)(levels[2 * i] | (levels[(2 * i) + 1] << 4));
    }

    /// <summary>A bfloat16 of float16's range is a float16 too, so that nothing is lost but where a scale is next to nothing.</summary>
    private static bool TryConvert(TensorType type, Span<ushort> scales)
    {
        if (type == TensorType.BF16)
            return true;

        var halves = MemoryMarshal.Cast<ushort, Half>(scales);
        for (int i = 0; i < scales.Length; i++)
        {
            halves[i] = (Half)BlockQuantizer.ToSingle(scales[i]);
            if (!Half.IsFinite(halves[i]))
                return false;
        }
        return true;
    }
}

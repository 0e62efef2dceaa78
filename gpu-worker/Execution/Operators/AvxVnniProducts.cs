using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// The products with AVX-VNNI (see <see cref="QuantizedProducts"/>): an instruction multiplies and adds 32 bytes into 32-bit sums; int4 weights are spread to bytes once for a block, in the first-level cache.
/// Of int8 weights that is half the arithmetic of their nibbles. One row of them, which waits for memory, and int4 weights where there is AVX-512 go that way as before.
/// </summary>
internal static unsafe class AvxVnniProducts
{
    private const int Width = PackedLayout.StripColumns;
    private const int Quads = BlockQuantizer.BlockSize / 4;

    public static bool IsSupported => AvxVnni.IsSupported && Avx2.IsSupported && Fma.IsSupported;

    public static void Multiply(byte* tile, int rows, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        if (Avx512BW.IsSupported && (planes == 1 || rows == 1))
            Avx512Products.Multiply(tile, rows, strip, blocks, planes, y, yStride);
        else if (rows == 1)
            Avx2Products.Multiply(tile, rows, strip, blocks, planes, y, yStride);
        else
            MultiplyFours(tile, rows, strip, blocks, planes, y, yStride);
    }

    /// <param name="rows">4 or 8.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyFours(byte* tile, int rows, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        float* sums = stackalloc float[8 * Width];
        byte* weights = stackalloc byte[Quads * 4 * Width];
        new Span<float>(sums, rows * Width).Clear();
        for (int block = 0; block < blocks; block++, tile += rows * ActivationTiles.BlockBytes, strip += PackedLayout.BlockBytes(planes))
        {
            byte* levels = strip;
            if (planes == 1)
                Unpack(strip, levels = weights);
            else
                for (int at = 0; at < Quads * 4 * Width; at += 64)
                    Sse.Prefetch1(strip + at + QuantizedProducts.PrefetchDistance);

            byte* scales = strip + (planes * PackedLayout.PlaneBytes);
            Sse.Prefetch1(scales + QuantizedProducts.PrefetchDistance);
            var left = Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)scales)), 16).AsSingle();
            var right = Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)scales + 8)), 16).AsSingle();
            float* rowScales = (float*)(tile + (BlockQuantizer.BlockSize * rows));
            int* offsets = (int*)(tile + ((BlockQuantizer.BlockSize + sizeof(float)) * rows));
            for (int row = 0; row < rows; row += 4)
                FourRows(tile + (4 * row), 4 * rows, levels, offsets + row, rowScales + row, left, right, sums + (row * Width));
        }
        for (int r = 0; r < rows; r++)
            new ReadOnlySpan<float>(sums + (r * Width), Width).CopyTo(new Span<float>(y + (r * yStride), Width));
    }

    /// <summary>int4 levels of a block as bytes, four k of each column after four k, which is how int8's lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Unpack(byte* strip, byte* weights)
    {
        var nibble = Vector256.Create((byte)0xF);
        for (int t = 0; t < 4; t++)
        {
            Sse.Prefetch1(strip + (64 * t) + QuantizedProducts.PrefetchDistance);
            for (int half = 0; half < 64; half += 32)
            {
                var pairs = Vector256.Load(strip + (64 * t) + half);
                var first = pairs & nibble;
                var second = Avx2.ShiftRightLogical(pairs.AsUInt16(), 4).AsByte() & nibble;
                first.Store(weights + (128 * t) + half);
                second.Store(weights + (128 * t) + 64 + half);
            }
        }
    }

    /// <param name="stride">Bytes from four k of a row to its next four.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows(byte* x, int stride, byte* weights, int* offsets, float* rowScales, Vector256<float> leftScale, Vector256<float> rightScale, float* sums)
    {
        Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (int quad = 0; quad < Quads; quad++, x += stride, weights += 4 * Width)
        {
            var left = Vector256.Load(weights);
            var right = Vector256.Load(weights + 32);
            var row = Vector256.Create(*(int*)x).AsSByte();
            a0 = AvxVnni.MultiplyWideningAndAdd(a0, left, row);
            b0 = AvxVnni.MultiplyWideningAndAdd(b0, right, row);
            row = Vector256.Create(*(int*)(x + 4)).AsSByte();
            a1 = AvxVnni.MultiplyWideningAndAdd(a1, left, row);
            b1 = AvxVnni.MultiplyWideningAndAdd(b1, right, row);
            row = Vector256.Create(*(int*)(x + 8)).AsSByte();
            a2 = AvxVnni.MultiplyWideningAndAdd(a2, left, row);
            b2 = AvxVnni.MultiplyWideningAndAdd(b2, right, row);
            row = Vector256.Create(*(int*)(x + 12)).AsSByte();
            a3 = AvxVnni.MultiplyWideningAndAdd(a3, left, row);
            b3 = AvxVnni.MultiplyWideningAndAdd(b3, right, row);
        }
        Add(sums, a0, offsets[0], rowScales[0], leftScale);
        Add(sums + 8, b0, offsets[0], rowScales[0], rightScale);
        Add(sums + 16, a1, offsets[1], rowScales[1], leftScale);
        Add(sums + 24, b1, offsets[1], rowScales[1], rightScale);
        Add(sums + 32, a2, offsets[2], rowScales[2], leftScale);
        Add(sums + 40, b2, offsets[2], rowScales[2], rightScale);
        Add(sums + 48, a3, offsets[3], rowScales[3], leftScale);
        Add(sums + 56, b3, offsets[3], rowScales[3], rightScale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* sums, Vector256<int> products, int offset, float rowScale, Vector256<float> columnScale)
    {
        var scaled = Vector256.ConvertToSingle(products + Vector256.Create(offset)) * Vector256.Create(rowScale);
        Vector256.FusedMultiplyAdd(scaled, columnScale, Vector256.Load(sums)).Store(sums);
    }
}

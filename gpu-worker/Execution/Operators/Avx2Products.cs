using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>The products with AVX2 (see <see cref="QuantizedProducts"/>): a strip's 16 columns are two registers.</summary>
internal static unsafe class Avx2Products
{
    public static void Multiply(byte* tile, int rows, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        if (rows == 4)
            FourRows(tile, strip, blocks, planes, y, yStride);
        else
            OneRow(tile, strip, blocks, planes, y, yStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(byte* tile, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        const int Rows = 4;
        // The accumulators take all registers: sums of blocks stay in memory.
        int* products = stackalloc int[Rows * PackedLayout.StripColumns];
        float* sums = stackalloc float[Rows * PackedLayout.StripColumns];
        new Span<float>(sums, Rows * PackedLayout.StripColumns).Clear();
        for (int block = 0; block < blocks; block++, tile += Rows * ActivationTiles.BlockBytes, strip += PackedLayout.ScaleBytes)
        {
            new Span<int>(products, Rows * PackedLayout.StripColumns).Clear();
            for (int plane = 0; plane < planes; plane++)
            {
                Vector256<short> a00 = default, a01 = default, a10 = default, a11 = default, a20 = default, a21 = default, a30 = default, a31 = default;
                byte* quad = tile;
                for (int t = 0; t < 4; t++, quad += 8 * Rows)
                {
                    Sse.Prefetch1(strip + (PackedLayout.PlaneBytes * plane) + (64 * t) + QuantizedProducts.PrefetchDistance);
                    var left4 = Levels(strip, planes, plane, t, second: false);
                    var right4 = Levels(strip + 32, planes, plane, t, second: false);
                    var x = Vector256.Create(*(int*)quad).AsSByte();
                    a00 += Avx2.MultiplyAddAdjacent(left4, x);
                    a01 += Avx2.MultiplyAddAdjacent(right4, x);
                    x = Vector256.Create(*(int*)(quad + 4)).AsSByte();
                    a10 += Avx2.MultiplyAddAdjacent(left4, x);
                    a11 += Avx2.MultiplyAddAdjacent(right4, x);
                    x = Vector256.Create(*(int*)(quad + 8)).AsSByte();
                    a20 += Avx2.MultiplyAddAdjacent(left4, x);
                    a21 += Avx2.MultiplyAddAdjacent(right4, x);
                    x = Vector256.Create(*(int*)(quad + 12)).AsSByte();
                    a30 += Avx2.MultiplyAddAdjacent(left4, x);
                    a31 += Avx2.MultiplyAddAdjacent(right4, x);
                    left4 = Levels(strip, planes, plane, t, second: true);
                    right4 = Levels(strip + 32, planes, plane, t, second: true);
                    x = Vector256.Create(*(int*)(quad + 16)).AsSByte();
                    a00 += Avx2.MultiplyAddAdjacent(left4, x);
                    a01 += Avx2.MultiplyAddAdjacent(right4, x);
                    x = Vector256.Create(*(int*)(quad + 20)).AsSByte();
                    a10 += Avx2.MultiplyAddAdjacent(left4, x);
                    a11 += Avx2.MultiplyAddAdjacent(right4, x);
                    x = Vector256.Create(*(int*)(quad + 24)).AsSByte();
                    a20 += Avx2.MultiplyAddAdjacent(left4, x);
                    a21 += Avx2.MultiplyAddAdjacent(right4, x);
                    x = Vector256.Create(*(int*)(quad + 28)).AsSByte();
                    a30 += Avx2.MultiplyAddAdjacent(left4, x);
                    a31 += Avx2.MultiplyAddAdjacent(right4, x);
                }
                var place = Vector256.Create((short)(1 << (4 * plane)));
                AddTo(products, a00, place);
                AddTo(products + 8, a01, place);
                AddTo(products + 16, a10, place);
                AddTo(products + 24, a11, place);
                AddTo(products + 32, a20, place);
                AddTo(products + 40, a21, place);
                AddTo(products + 48, a30, place);
                AddTo(products + 56, a31, place);
            }
            strip += planes * PackedLayout.PlaneBytes;
            Sse.Prefetch1(strip + QuantizedProducts.PrefetchDistance);
            var leftScale = Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)strip)), 16).AsSingle();
            var rightScale = Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)strip + 8)), 16).AsSingle();
            float* rowScale = (float*)(tile + (32 * Rows));
            int* offset = (int*)(tile + (36 * Rows));
            for (int r = 0; r < Rows; r++)
            {
                AddTo(sums + (16 * r), products + (16 * r), offset[r], rowScale[r], leftScale);
                AddTo(sums + (16 * r) + 8, products + (16 * r) + 8, offset[r], rowScale[r], rightScale);
            }
        }
        for (int r = 0; r < Rows; r++)
            new ReadOnlySpan<float>(sums + (16 * r), PackedLayout.StripColumns).CopyTo(new Span<float>(y + (r * yStride), PackedLayout.StripColumns));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow(byte* tile, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        const int Rows = 1;
        // The accumulators take all registers: sums of blocks stay in memory.
        int* products = stackalloc int[Rows * PackedLayout.StripColumns];
        float* sums = stackalloc float[Rows * PackedLayout.StripColumns];
        new Span<float>(sums, Rows * PackedLayout.StripColumns).Clear();
        for (int block = 0; block < blocks; block++, tile += Rows * ActivationTiles.BlockBytes, strip += PackedLayout.ScaleBytes)
        {
            new Span<int>(products, Rows * PackedLayout.StripColumns).Clear();
            for (int plane = 0; plane < planes; plane++)
            {
                Vector256<short> a00 = default, a01 = default;
                byte* quad = tile;
                for (int t = 0; t < 4; t++, quad += 8 * Rows)
                {
                    Sse.Prefetch1(strip + (PackedLayout.PlaneBytes * plane) + (64 * t) + QuantizedProducts.PrefetchDistance);
                    var left4 = Levels(strip, planes, plane, t, second: false);
                    var right4 = Levels(strip + 32, planes, plane, t, second: false);
                    var x = Vector256.Create(*(int*)quad).AsSByte();
                    a00 += Avx2.MultiplyAddAdjacent(left4, x);
                    a01 += Avx2.MultiplyAddAdjacent(right4, x);
                    left4 = Levels(strip, planes, plane, t, second: true);
                    right4 = Levels(strip + 32, planes, plane, t, second: true);
                    x = Vector256.Create(*(int*)(quad + 4)).AsSByte();
                    a00 += Avx2.MultiplyAddAdjacent(left4, x);
                    a01 += Avx2.MultiplyAddAdjacent(right4, x);
                }
                var place = Vector256.Create((short)(1 << (4 * plane)));
                AddTo(products, a00, place);
                AddTo(products + 8, a01, place);
            }
            strip += planes * PackedLayout.PlaneBytes;
            Sse.Prefetch1(strip + QuantizedProducts.PrefetchDistance);
            var leftScale = Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)strip)), 16).AsSingle();
            var rightScale = Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)strip + 8)), 16).AsSingle();
            float* rowScale = (float*)(tile + (32 * Rows));
            int* offset = (int*)(tile + (36 * Rows));
            for (int r = 0; r < Rows; r++)
            {
                AddTo(sums + (16 * r), products + (16 * r), offset[r], rowScale[r], leftScale);
                AddTo(sums + (16 * r) + 8, products + (16 * r) + 8, offset[r], rowScale[r], rightScale);
            }
        }
        for (int r = 0; r < Rows; r++)
            new ReadOnlySpan<float>(sums + (16 * r), PackedLayout.StripColumns).CopyTo(new Span<float>(y + (r * yStride), PackedLayout.StripColumns));
    }

    /// <summary>Nibbles of 8 columns and a plane, the low or the high ones of int8's bytes: of k = 8t.., or of k = 8t + 4..</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Levels(byte* columns, int planes, int plane, int t, bool second)
    {
        var levels = Vector256.Load(columns + (planes == 1 ? 64 * t : (128 * t) + (second ? 64 : 0)));
        bool isHigh = planes == 1 ? second : plane == 1;
        return (isHigh ? Avx2.ShiftRightLogical(levels.AsUInt16(), 4).AsByte() : levels) & Vector256.Create((byte)0xF);
    }

    /// <summary>Sums of pairs, at most 16 * 127 * 15 in magnitude, become sums of the block's k for 8 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(int* products, Vector256<short> pairs, Vector256<short> place) =>
        (Vector256.Load(products) + Avx2.MultiplyAddAdjacent(pairs, place)).Store(products);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(float* sums, int* products, int offset, float rowScale, Vector256<float> columnScale)
    {
        var scaled = Vector256.ConvertToSingle(Vector256.Load(products) + Vector256.Create(offset)) * Vector256.Create(rowScale);
        Vector256.FusedMultiplyAdd(scaled, columnScale, Vector256.Load(sums)).Store(sums);
    }
}

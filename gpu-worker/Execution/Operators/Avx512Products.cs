using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>The products with AVX-512BW (see <see cref="QuantizedProducts"/>): a strip's 16 columns are one register.</summary>
internal static unsafe class Avx512Products
{
    public static void Multiply(byte* tile, int rows, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        if (rows == 8)
            EightRows(tile, strip, blocks, planes, y, yStride);
        else if (rows == 4)
            FourRows(tile, strip, blocks, planes, y, yStride);
        else
            OneRow(tile, strip, blocks, planes, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightRows(byte* tile, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        const int Rows = 8;
        Vector512<float> y0 = default, y1 = default, y2 = default, y3 = default, y4 = default, y5 = default, y6 = default, y7 = default;
        for (int block = 0; block < blocks; block++, tile += Rows * ActivationTiles.BlockBytes, strip += PackedLayout.ScaleBytes)
        {
            Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            for (int plane = 0; plane < planes; plane++)
            {
                Vector512<short> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
                byte* quad = tile;
                for (int t = 0; t < 4; t++, quad += 8 * Rows)
                {
                    Sse.Prefetch1(strip + (PackedLayout.PlaneBytes * plane) + (64 * t) + QuantizedProducts.PrefetchDistance);
                    var (low, high) = Levels(strip, planes, plane, t);
                    a0 = Dot(a0, low, quad);
                    a1 = Dot(a1, low, quad + 4);
                    a2 = Dot(a2, low, quad + 8);
                    a3 = Dot(a3, low, quad + 12);
                    a4 = Dot(a4, low, quad + 16);
                    a5 = Dot(a5, low, quad + 20);
                    a6 = Dot(a6, low, quad + 24);
                    a7 = Dot(a7, low, quad + 28);
                    a0 = Dot(a0, high, quad + 32);
                    a1 = Dot(a1, high, quad + 36);
                    a2 = Dot(a2, high, quad + 40);
                    a3 = Dot(a3, high, quad + 44);
                    a4 = Dot(a4, high, quad + 48);
                    a5 = Dot(a5, high, quad + 52);
                    a6 = Dot(a6, high, quad + 56);
                    a7 = Dot(a7, high, quad + 60);
                }
                var place = Vector512.Create((short)(1 << (4 * plane)));
                s0 += Avx512BW.MultiplyAddAdjacent(a0, place);
                s1 += Avx512BW.MultiplyAddAdjacent(a1, place);
                s2 += Avx512BW.MultiplyAddAdjacent(a2, place);
                s3 += Avx512BW.MultiplyAddAdjacent(a3, place);
                s4 += Avx512BW.MultiplyAddAdjacent(a4, place);
                s5 += Avx512BW.MultiplyAddAdjacent(a5, place);
                s6 += Avx512BW.MultiplyAddAdjacent(a6, place);
                s7 += Avx512BW.MultiplyAddAdjacent(a7, place);
            }
            strip += planes * PackedLayout.PlaneBytes;
            Sse.Prefetch1(strip + QuantizedProducts.PrefetchDistance);
            var columnScale = Avx512F.ShiftLeftLogical(Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)strip)), 16).AsSingle();
            float* rowScale = (float*)(tile + (32 * Rows));
            int* offset = (int*)(tile + (36 * Rows));
            y0 = Add(y0, s0, offset[0], rowScale[0], columnScale);
            y1 = Add(y1, s1, offset[1], rowScale[1], columnScale);
            y2 = Add(y2, s2, offset[2], rowScale[2], columnScale);
            y3 = Add(y3, s3, offset[3], rowScale[3], columnScale);
            y4 = Add(y4, s4, offset[4], rowScale[4], columnScale);
            y5 = Add(y5, s5, offset[5], rowScale[5], columnScale);
            y6 = Add(y6, s6, offset[6], rowScale[6], columnScale);
            y7 = Add(y7, s7, offset[7], rowScale[7], columnScale);
        }
        y0.Store(y);
        y1.Store(y + yStride);
        y2.Store(y + (2 * yStride));
        y3.Store(y + (3 * yStride));
        y4.Store(y + (4 * yStride));
        y5.Store(y + (5 * yStride));
        y6.Store(y + (6 * yStride));
        y7.Store(y + (7 * yStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(byte* tile, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        const int Rows = 4;
        Vector512<float> y0 = default, y1 = default, y2 = default, y3 = default;
        for (int block = 0; block < blocks; block++, tile += Rows * ActivationTiles.BlockBytes, strip += PackedLayout.ScaleBytes)
        {
            Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int plane = 0; plane < planes; plane++)
            {
                Vector512<short> a0 = default, a1 = default, a2 = default, a3 = default;
                byte* quad = tile;
                for (int t = 0; t < 4; t++, quad += 8 * Rows)
                {
                    Sse.Prefetch1(strip + (PackedLayout.PlaneBytes * plane) + (64 * t) + QuantizedProducts.PrefetchDistance);
                    var (low, high) = Levels(strip, planes, plane, t);
                    a0 = Dot(a0, low, quad);
                    a1 = Dot(a1, low, quad + 4);
                    a2 = Dot(a2, low, quad + 8);
                    a3 = Dot(a3, low, quad + 12);
                    a0 = Dot(a0, high, quad + 16);
                    a1 = Dot(a1, high, quad + 20);
                    a2 = Dot(a2, high, quad + 24);
                    a3 = Dot(a3, high, quad + 28);
                }
                var place = Vector512.Create((short)(1 << (4 * plane)));
                s0 += Avx512BW.MultiplyAddAdjacent(a0, place);
                s1 += Avx512BW.MultiplyAddAdjacent(a1, place);
                s2 += Avx512BW.MultiplyAddAdjacent(a2, place);
                s3 += Avx512BW.MultiplyAddAdjacent(a3, place);
            }
            strip += planes * PackedLayout.PlaneBytes;
            Sse.Prefetch1(strip + QuantizedProducts.PrefetchDistance);
            var columnScale = Avx512F.ShiftLeftLogical(Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)strip)), 16).AsSingle();
            float* rowScale = (float*)(tile + (32 * Rows));
            int* offset = (int*)(tile + (36 * Rows));
            y0 = Add(y0, s0, offset[0], rowScale[0], columnScale);
            y1 = Add(y1, s1, offset[1], rowScale[1], columnScale);
            y2 = Add(y2, s2, offset[2], rowScale[2], columnScale);
            y3 = Add(y3, s3, offset[3], rowScale[3], columnScale);
        }
        y0.Store(y);
        y1.Store(y + yStride);
        y2.Store(y + (2 * yStride));
        y3.Store(y + (3 * yStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow(byte* tile, byte* strip, int blocks, int planes, float* y)
    {
        const int Rows = 1;
        Vector512<float> y0 = default;
        for (int block = 0; block < blocks; block++, tile += Rows * ActivationTiles.BlockBytes, strip += PackedLayout.ScaleBytes)
        {
            Vector512<int> s0 = default;
            for (int plane = 0; plane < planes; plane++)
            {
                Vector512<short> a0 = default;
                byte* quad = tile;
                for (int t = 0; t < 4; t++, quad += 8 * Rows)
                {
                    Sse.Prefetch1(strip + (PackedLayout.PlaneBytes * plane) + (64 * t) + QuantizedProducts.PrefetchDistance);
                    var (low, high) = Levels(strip, planes, plane, t);
                    a0 = Dot(a0, low, quad);
                    a0 = Dot(a0, high, quad + 4);
                }
                var place = Vector512.Create((short)(1 << (4 * plane)));
                s0 += Avx512BW.MultiplyAddAdjacent(a0, place);
            }
            strip += planes * PackedLayout.PlaneBytes;
            Sse.Prefetch1(strip + QuantizedProducts.PrefetchDistance);
            var columnScale = Avx512F.ShiftLeftLogical(Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)strip)), 16).AsSingle();
            float* rowScale = (float*)(tile + (32 * Rows));
            int* offset = (int*)(tile + (36 * Rows));
            y0 = Add(y0, s0, offset[0], rowScale[0], columnScale);
        }
        y0.Store(y);
    }

    /// <summary>The nibbles of a plane, the low or the high ones of int8's bytes: of k = 8t.. and k = 8t + 4..</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<byte> First, Vector512<byte> Second) Levels(byte* strip, int planes, int plane, int t)
    {
        var nibble = Vector512.Create((byte)0xF);
        if (planes == 1)
        {
            var pairs = Vector512.Load(strip + (64 * t));
            return (pairs & nibble, Avx512BW.ShiftRightLogical(pairs.AsUInt16(), 4).AsByte() & nibble);
        }
        var (first, second) = (Vector512.Load(strip + (128 * t)).AsUInt16(), Vector512.Load(strip + (128 * t) + 64).AsUInt16());
        return plane == 0
            ? (first.AsByte() & nibble, second.AsByte() & nibble)
            : (Avx512BW.ShiftRightLogical(first, 4).AsByte() & nibble, Avx512BW.ShiftRightLogical(second, 4).AsByte() & nibble);
    }

    /// <summary>Adds four k of 16 columns. Sums stay in 16 bits: over a block a lane's is at most 16 * 127 * 15 in magnitude.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Dot(Vector512<short> sum, Vector512<byte> weights, byte* activations) =>
        sum + Avx512BW.MultiplyAddAdjacent(weights, Vector512.Create(*(int*)activations).AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> y, Vector512<int> product, int offset, float rowScale, Vector512<float> columnScale)
    {
        var scaled = Vector512.ConvertToSingle(product + Vector512.Create(offset)) * Vector512.Create(rowScale);
        return Vector512.FusedMultiplyAdd(scaled, columnScale, y);
    }
}

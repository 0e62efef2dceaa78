using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>
/// Activations quantised for <see cref="QuantizedProducts"/>: s8 with a scale for each row and block of 32 k, amax / 127. Rows lie in tiles of
/// R; a block of a tile is data [8][R][4] (four consecutive k of each row at a time), R float scales, and R int32 offsets, which are
/// -zero point * (sum of the row's 32 values) and take the weights' zero point back out of the products. Where rows lie apart, data are [R][32], scales for
/// int4 weights are divided by 16, because levels are multiplied by it, and in the place of offsets there is for each row its scale times <see cref="Unbias"/>.
/// A scale has 22 significant bits, the last two of a float's being zero, so that three times it is a float as well.
/// </summary>
internal static unsafe class ActivationTiles
{
    /// <summary>Bytes of a row's share of a block.</summary>
    public const int BlockBytes = BlockQuantizer.BlockSize + sizeof(float) + sizeof(int);

    /// <summary>Blocks whose values are all smaller count as zeros: their inverse scale would not be a number.</summary>
    private const float Smallest = 1e-30f;

    /// <summary>What int4 levels are multiplied by where rows lie apart. It is a power of two, so nothing is rounded for it.</summary>
    private const float LevelFactor = 16;

    /// <summary>1.5 x 2^23 times a scale, negative: exact.</summary>
    public const float Unbias = -12582912;

    /// <summary>The bits of 2^100. What is larger counts as infinite: its scale times <see cref="Unbias"/> would not be a number.</summary>
    private const int TooLargeBits = (100 + 127) << 23;

    /// <summary>
    /// Quantises a row into lane <paramref name="lane"/> of a tile of <paramref name="tileRows"/>. A block that holds NaN, an infinity or a number of 2^100 and more gets
    /// the scale NaN, so that every product with it is NaN: a broken row never becomes numbers.
    /// </summary>
    /// <param name="planes">Of the weights: 1 of int4, 2 of int8.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(float* x, int blocks, int planes, byte* tile, int tileRows, int lane, bool rowsApart)
    {
        int zeroPoint = BlockQuantizer.ZeroPoint(4 * planes);
        float scaleFactor = rowsApart && planes == 1 ? 1 / LevelFactor : 1;
        int* quads = stackalloc int[8];
        var magnitude = Vector256.Create(int.MaxValue);
        for (int block = 0; block < blocks; block++, x += BlockQuantizer.BlockSize, tile += BlockBytes * tileRows)
        {
            var x0 = Vector256.Load(x);
            var x1 = Vector256.Load(x + 8);
            var x2 = Vector256.Load(x + 16);
            var x3 = Vector256.Load(x + 24);

            // As integers, magnitudes order like numbers, and infinities and NaN are the largest.
            int largest = Largest(Vector256.Max(
                Vector256.Max(x0.AsInt32() & magnitude, x1.AsInt32() & magnitude),
                Vector256.Max(x2.AsInt32() & magnitude, x3.AsInt32() & magnitude)));
            float amax = BitConverter.Int32BitsToSingle(largest), scale = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(amax / 127) & ~3), inverse = 127 / amax;
            if (largest >= TooLargeBits || amax < Smallest)
            {
                scale = largest >= TooLargeBits ? float.NaN : 0;
                x0 = x1 = x2 = x3 = default;
                inverse = 0;
            }
            var factor = Vector256.Create(inverse);
            var q0 = Vector256.ConvertToInt32Native(Vector256.Round(x0 * factor));
            var q1 = Vector256.ConvertToInt32Native(Vector256.Round(x1 * factor));
            var q2 = Vector256.ConvertToInt32Native(Vector256.Round(x2 * factor));
            var q3 = Vector256.ConvertToInt32Native(Vector256.Round(x3 * factor));
            var bytes = Vector256.Narrow(Vector256.Narrow(q0, q1), Vector256.Narrow(q2, q3));
            if (rowsApart)
            {
                bytes.Store((sbyte*)tile + (BlockQuantizer.BlockSize * lane));
            }
            else
            {
                bytes.AsInt32().Store(quads);
                int* data = (int*)tile + lane;
                for (int quad = 0; quad < 8; quad++)
                    data[quad * tileRows] = quads[quad];
            }

            scale *= scaleFactor;
            ((float*)(tile + (BlockQuantizer.BlockSize * tileRows)))[lane] = scale;
            ((int*)(tile + ((BlockQuantizer.BlockSize + sizeof(float)) * tileRows)))[lane] =
                rowsApart ? BitConverter.SingleToInt32Bits(scale * Unbias) : -zeroPoint * Vector256.Sum(q0 + q1 + q2 + q3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Largest(Vector256<int> values)
    {
        var four = Vector128.Max(values.GetLower(), values.GetUpper());
        var two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.Max(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}

using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>The products in plain C#, one row at a time (see <see cref="QuantizedProducts"/>).</summary>
internal static unsafe class PortableProducts
{
    public static void Multiply(byte* tile, int rows, byte* strip, int blocks, int planes, float* y, nint yStride)
    {
        const int Columns = PackedLayout.StripColumns;
        nint blockBytes = PackedLayout.BlockBytes(planes);
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < Columns; c++)
            {
                float sum = 0;
                for (int block = 0; block < blocks; block++)
                {
                    byte* activations = tile + ((nint)block * rows * ActivationTiles.BlockBytes);
                    byte* weights = strip + (block * blockBytes);
                    int product = 0;
                    for (int plane = 0; plane < planes; plane++, weights += PackedLayout.PlaneBytes)
                        product += Dot((sbyte*)activations + (4 * r), 4 * rows, weights + (4 * c)) << (4 * plane);

                    product += ((int*)(activations + (36 * rows)))[r];
                    float scaled = product * ((float*)(activations + (32 * rows)))[r];
                    sum = MathF.FusedMultiplyAdd(scaled, BlockQuantizer.ToSingle(((ushort*)weights)[c]), sum);
                }
                y[(r * yStride) + c] = sum;
            }
        }
    }

    private static int Dot(sbyte* activations, int stride, byte* weights)
    {
        int sum = 0;
        for (int t = 0; t < 4; t++)
        {
            for (int j = 0; j < 4; j++)
            {
                int pair = weights[(64 * t) + j];
                sum += (activations[(2 * t * stride) + j] * (pair & 0xF)) + (activations[(((2 * t) + 1) * stride) + j] * (pair >> 4));
            }
        }
        return sum;
    }
}

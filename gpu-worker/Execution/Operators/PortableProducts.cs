using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

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
                    int product = ((int*)(activations + (36 * rows)))[r];
                    for (int k = 0; k < BlockQuantizer.BlockSize; k++)
                        product += ((sbyte*)activations)[(k / 4 * 4 * rows) + (4 * r) + (k % 4)] * Level(weights, planes, c, k);

                    weights += planes * PackedLayout.PlaneBytes;
                    float scaled = product * ((float*)(activations + (32 * rows)))[r];
                    sum = MathF.FusedMultiplyAdd(scaled, BlockQuantizer.ToSingle(((ushort*)weights)[c]), sum);
                }
                y[(r * yStride) + c] = sum;
            }
        }
    }

    private static int Level(byte* weights, int planes, int column, int k)
    {
        int within = (4 * column) + (k % 4);
        return planes == 2 ? weights[(64 * (k / 4)) + within] : (weights[(64 * (k / 8)) + within] >> (k % 8 < 4 ? 0 : 4)) & 0xF;
    }
}

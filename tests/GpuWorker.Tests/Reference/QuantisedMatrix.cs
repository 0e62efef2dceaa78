using System.Runtime.InteropServices;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Tests.Reference;

/// <summary>A random matrix [N, K], quantised and packed, and what it is when widened again.</summary>
internal sealed unsafe class QuantisedMatrix : IDisposable
{
    public QuantisedMatrix(int columns, int k, int bits, int seed, bool outliers = true)
    {
        Layout = new PackedLayout(columns, k, bits);
        Rows = Random(columns, k, seed, outliers);
        Packed = (byte*)NativeMemory.AlignedAlloc((nuint)Layout.Bytes, 64);
        PackedMatrix.Quantize("w", Layout, (row, values) => Rows[row].CopyTo(values), Packed);
    }

    public PackedLayout Layout { get; }

    public float[][] Rows { get; }

    public byte* Packed { get; }

    /// <summary>Rows of normally distributed numbers, of which, with <paramref name="outliers"/>, one in 50 is ten times as large.</summary>
    public static float[][] Random(int rows, int columns, int seed, bool outliers = true)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => Value(random, outliers)).ToArray())];
    }

    /// <summary>x W^T in float64, with x and W as they are after quantisation.</summary>
    public double[][] Product(float[][] x)
    {
        double[][] weights = [.. Rows.Select(row => Widened(row, Layout.Bits))], activations = [.. x.Select(Activations)];
        return [.. activations.Select(a => weights.Select(w => w.Zip(a, (p, q) => p * q).Sum()).ToArray())];
    }

    public void Dispose() => NativeMemory.AlignedFree(Packed);

    private static double[] Widened(float[] row, int bits)
    {
        var levels = new byte[row.Length];
        var scales = new ushort[row.Length / BlockQuantizer.BlockSize];
        Assert.True(BlockQuantizer.TryQuantize(row, bits, levels, scales));
        return [.. levels.Select((level, i) => (level - BlockQuantizer.ZeroPoint(bits)) * (double)BlockQuantizer.ToSingle(scales[i / BlockQuantizer.BlockSize]))];
    }

    private static double[] Activations(float[] row) => [.. row.Chunk(BlockQuantizer.BlockSize).SelectMany(block =>
    {
        float amax = block.Max(MathF.Abs), scale = amax / 127, inverse = 127 / amax;
        return block.Select(value => MathF.Round(value * inverse) * (double)scale);
    })];

    private static float Value(Random random, bool outliers)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return (float)(outliers && random.Next(50) == 0 ? 10 * normal : normal);
    }
}

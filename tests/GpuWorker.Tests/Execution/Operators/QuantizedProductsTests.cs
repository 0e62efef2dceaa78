using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Operators;

public sealed unsafe class QuantizedProductsTests
{
    public static TheoryData<string, int, int, int> Cases()
    {
        var cases = new TheoryData<string, int, int, int>();
        foreach (var products in QuantizedProducts.Supported)
            foreach (int bits in (int[])[4, 8])
                foreach (int rows in (products.AnySize ? [.. Enumerable.Range(1, products.LargestTile)] : (int[])[1, 4, 8]).Where(rows => rows <= products.LargestTile))
                    cases.Add(products.Name, bits, rows, 32 * (rows + 3));

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Multiply_RandomTile_EqualsReferenceAndThePortableBits(string name, int bits, int rows, int k)
    {
        using var matrix = new QuantisedMatrix(PackedLayout.StripColumns, k, bits, seed: k);
        float[][] x = QuantisedMatrix.Random(rows, k, seed: 5);

        float[][] y = Multiply(QuantizedProducts.Supported.Single(p => p.Name == name), matrix, x, rows);

        AssertNear(matrix.Product(x), y);
        Assert.Equal(Bits(Multiply(QuantizedProducts.Portable, matrix, x, 1)), Bits(y));
    }

    /// <summary>Rows that fill no tile, several tiles, and more blocks than are unpacked at a time: one chain of sums.</summary>
    [Fact]
    public void MultiplyAllTiles_AnyRowsAndBlocks_GivesThePortableBits() => Prop.ForAll(Gen.Choose(1, 50).ToArbitrary(), Gen.Choose(1, 70).ToArbitrary(), Gen.Elements(4, 8).ToArbitrary(), (rows, blocks, bits) =>
    {
        foreach (var products in QuantizedProducts.Supported.Where(products => products.TakesAllTiles))
        {
            using var matrix = new QuantisedMatrix(PackedLayout.StripColumns, blocks * BlockQuantizer.BlockSize, bits, seed: rows);
            float[][] x = QuantisedMatrix.Random(rows, blocks * BlockQuantizer.BlockSize, seed: blocks);
            Assert.Equal(Bits(Multiply(QuantizedProducts.Portable, matrix, x, 1)), Bits(MultiplyAtOnce(products, matrix, x)));
        }
    }).QuickCheckThrowOnFailure();

    /// <summary>Tiles of one size hold all rows, no more of them than 16 each, and no tile is empty.</summary>
    [Fact]
    public void TileRows_AnyRows_FillsAsFewTilesAsThereCanBe() => Assert.All(Enumerable.Range(1, 2000), rows =>
    {
        int tile = AmxProducts.TileRows(rows), tiles = (rows + 15) / 16;
        Assert.InRange(tile, 1, 16);
        Assert.InRange(rows, (tile * (tiles - 1)) + 1, tile * tiles);
    });

    /// <summary>The largest sums there can be: all values at the ends of their ranges.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Multiply_ExtremeLevels_DoesNotOverflow(string name, int bits, int rows, int k)
    {
        using var matrix = new QuantisedMatrix(PackedLayout.StripColumns, k, bits, seed: 1);
        var extremes = (int[])[0, (1 << bits) - 1];
        foreach (int level in extremes)
        {
            byte[] levels = [.. Enumerable.Repeat((byte)level, k)];
            ushort[] ones = [.. Enumerable.Repeat((ushort)0x3F80, k / 32)];
            for (int column = 0; column < PackedLayout.StripColumns; column++)
                matrix.Layout.Store(new Span<byte>(matrix.Packed, matrix.Layout.StripBytes), column, levels, ones);

            foreach (float value in (float[])[127, -127])
            {
                float[][] x = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Repeat(value, k).ToArray())];
                float expected = value * (level - BlockQuantizer.ZeroPoint(bits)) * k;
                Assert.All(Multiply(QuantizedProducts.Supported.Single(p => p.Name == name), matrix, x, rows), row => Assert.All(row, v => Assert.Equal(expected, v)));
            }
        }
    }

    private static float[][] Multiply(QuantizedProducts products, QuantisedMatrix matrix, float[][] x, int tileRows)
    {
        int blocks = matrix.Layout.Blocks;
        var y = new float[x.Length][];
        byte[] tile = new byte[(tileRows * blocks * ActivationTiles.BlockBytes) + QuantizedProducts.BytesAhead];
        float[] result = new float[tileRows * PackedLayout.StripColumns];
        fixed (byte* tiles = tile)
        fixed (float* output = result)
        {
            for (int first = 0; first < x.Length; first += tileRows)
            {
                for (int lane = 0; lane < tileRows; lane++)
                    fixed (float* row = x[first + lane])
                        ActivationTiles.Quantize(row, blocks, matrix.Layout.Planes, tiles, tileRows, lane, products.RowsApart);

                products.Multiply(tiles, tileRows, matrix.Packed, blocks, matrix.Layout.Planes, output, PackedLayout.StripColumns);
                for (int lane = 0; lane < tileRows; lane++)
                    y[first + lane] = result[(lane * PackedLayout.StripColumns)..((lane + 1) * PackedLayout.StripColumns)];
            }
        }
        return y;
    }

    private static float[][] MultiplyAtOnce(QuantizedProducts products, QuantisedMatrix matrix, float[][] x)
    {
        int blocks = matrix.Layout.Blocks, rowBytes = blocks * ActivationTiles.BlockBytes;
        int tileRows = products.TileRows(x.Length);
        byte[] tiles = new byte[((x.Length + QuantizedProducts.MostPadding) * rowBytes) + QuantizedProducts.BytesAhead];
        float[] y = new float[x.Length * PackedLayout.StripColumns];
        fixed (byte* tile = tiles)
        fixed (float* output = y)
        {
            for (int row = 0; row < x.Length; row++)
            {
                int first = row / tileRows * tileRows;
                fixed (float* values = x[row])
                    ActivationTiles.Quantize(values, blocks, matrix.Layout.Planes, tile + (first * rowBytes), tileRows, row - first, products.RowsApart);
            }
            products.Multiply(tile, x.Length, matrix.Packed, blocks, matrix.Layout.Planes, output, PackedLayout.StripColumns);
        }
        return [.. y.Chunk(PackedLayout.StripColumns)];
    }

    internal static void AssertNear(double[][] expected, float[][] actual)
    {
        double norm = Math.Sqrt(expected.Average(row => row.Average(v => v * v)));
        Assert.Equal(expected.Length, actual.Length);
        for (int r = 0; r < expected.Length; r++)
        {
            Assert.Equal(expected[r].Length, actual[r].Length);
            for (int c = 0; c < expected[r].Length; c++)
                Assert.Equal(expected[r][c], actual[r][c], 1e-5 * norm);
        }
    }

    internal static IEnumerable<uint> Bits(IEnumerable<float[]> rows) => rows.SelectMany(row => row.Select(BitConverter.SingleToUInt32Bits));
}

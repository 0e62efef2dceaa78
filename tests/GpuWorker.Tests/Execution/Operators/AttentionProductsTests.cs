using System.Runtime.InteropServices;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Tests.Execution.Operators;

public sealed unsafe class AttentionProductsTests
{
    private const int Size = 64, Lanes = 96;

    public static TheoryData<KvCacheFormat, string, int> Cases()
    {
        var cases = new TheoryData<KvCacheFormat, string, int>();
        foreach (var format in (KvCacheFormat[])[KvCacheFormat.Float32, KvCacheFormat.Int8])
            foreach (var products in AttentionProducts.Supported(format))
                foreach (int rows in (int[])[1, 3, 4, 7, 16])
                    cases.Add(format, products.Name, rows);

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Score_AnyRows_EqualsReferenceAndTheBitsOfOneRowAlone(KvCacheFormat format, string name, int rows)
    {
        using var data = new Operands(format, rows, Size, Lanes);
        float[] scores = data.Scores(Find(format, name), rows);
        for (int r = 0; r < rows; r++)
            for (int lane = 0; lane < Lanes; lane++)
                Assert.Equal(Enumerable.Range(0, Size).Sum(d => (double)data.Left[(r * Size) + d] * data.Number((d * Lanes) + lane)), scores[(r * Lanes) + lane], data.Tolerance);

        Assert.Equal(data.Scores(AttentionProducts.Supported(format)[^1], rowsAtOnce: 1).Select(BitConverter.SingleToUInt32Bits), scores.Select(BitConverter.SingleToUInt32Bits));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Accumulate_AnyRows_EqualsReferenceAndTheBitsOfOneRowAlone(KvCacheFormat format, string name, int rows)
    {
        const int Tokens = 29;
        using var data = new Operands(format, rows, Tokens, Lanes);
        float[] sums = data.Sums(Find(format, name), rows);
        for (int r = 0; r < rows; r++)
            for (int d = 0; d < Lanes; d++)
                Assert.Equal(1 + Enumerable.Range(0, Tokens).Sum(j => (double)data.Left[(r * Tokens) + j] * data.Number((j * Lanes) + d)), sums[(r * Lanes) + d], data.Tolerance);

        Assert.Equal(data.Sums(AttentionProducts.Supported(format)[^1], rowsAtOnce: 1).Select(BitConverter.SingleToUInt32Bits), sums.Select(BitConverter.SingleToUInt32Bits));
    }

    private static AttentionProducts Find(KvCacheFormat format, string name) => AttentionProducts.Supported(format).Single(products => products.Name == name);

    /// <summary>Rows [rows, length] of floats, and numbers of the cache [length, lanes].</summary>
    private sealed class Operands : IDisposable
    {
        private readonly KvCacheFormat _format;
        private readonly byte* _right;
        private readonly int _rows, _length, _lanes;

        public Operands(KvCacheFormat format, int rows, int length, int lanes)
        {
            var random = new Random(rows);
            (_format, _rows, _length, _lanes) = (format, rows, length, lanes);
            Left = [.. Enumerable.Range(0, rows * length).Select(_ => (2 * random.NextSingle()) - 1)];
            _right = (byte*)NativeMemory.AlignedAlloc((nuint)(length * lanes * sizeof(float)), 64);
            for (int i = 0; i < length * lanes; i++)
            {
                if (format == KvCacheFormat.Int8)
                    ((sbyte*)_right)[i] = (sbyte)random.Next(-127, 128);
                else
                    ((float*)_right)[i] = (2 * random.NextSingle()) - 1;
            }
        }

        public float[] Left { get; }

        public double Tolerance => _format == KvCacheFormat.Int8 ? 1e-3 : 1e-5;

        private int ElementBytes => _format == KvCacheFormat.Int8 ? 1 : sizeof(float);

        public double Number(int index) => _format == KvCacheFormat.Int8 ? ((sbyte*)_right)[index] : ((float*)_right)[index];

        public float[] Scores(AttentionProducts products, int rowsAtOnce)
        {
            var scores = new float[_rows * _lanes];
            fixed (float* left = Left, target = scores)
            {
                for (int r = 0; r < _rows; r += rowsAtOnce)
                    products.Score(left + (r * _length), rowsAtOnce, _length, _right, _lanes * ElementBytes, _lanes, target + (r * _lanes), _lanes, _right);
            }
            return scores;
        }

        /// <summary>Added to ones.</summary>
        public float[] Sums(AttentionProducts products, int rowsAtOnce)
        {
            float[] sums = [.. Enumerable.Repeat(1f, _rows * _lanes)];
            fixed (float* left = Left, target = sums)
            {
                for (int r = 0; r < _rows; r += rowsAtOnce)
                    products.Accumulate(left + (r * _length), _length, rowsAtOnce, _right, _length, _lanes, target + (r * _lanes), _lanes, _right);
            }
            return sums;
        }

        public void Dispose() => NativeMemory.AlignedFree(_right);
    }
}

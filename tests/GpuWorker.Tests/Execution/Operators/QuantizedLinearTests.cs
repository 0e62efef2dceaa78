using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Operators;

public sealed class QuantizedLinearTests
{
    [Theory]
    [InlineData(4, 1, 32, 3)]
    [InlineData(4, 16, 64, 7)]
    [InlineData(4, 101, 96, 21)]
    [InlineData(8, 33, 32, 13)]
    [InlineData(8, 48, 160, 40)]
    public void Run_AnyShape_EqualsReference(int bits, int columns, int k, int rows)
    {
        using var matrix = new QuantisedMatrix(columns, k, bits, seed: columns);
        using var linear = new Operator(matrix, threads: 2);
        float[][] x = QuantisedMatrix.Random(rows, k, seed: rows);

        QuantizedProductsTests.AssertNear(matrix.Product(x), linear.Run(x));
    }

    /// <summary>Widths that fill their last strip, and that do not.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Run_SeveralWeights_GivesTheBitsOfEachSideBySide(int bits)
    {
        using QuantisedMatrix first = new(40, 96, bits, seed: 1), second = new(16, 96, bits, seed: 2), third = new(7, 96, bits, seed: 3);
        float[][] x = QuantisedMatrix.Random(11, 96, seed: 4);
        using Operator one = new(first, 2), two = new(second, 2), three = new(third, 2), all = new(2, first, second, third);

        float[][] expected = [.. one.Run(x).Zip(two.Run(x), three.Run(x)).Select(row => (float[])[.. row.First, .. row.Second, .. row.Third])];

        Assert.Equal(QuantizedProductsTests.Bits(expected), QuantizedProductsTests.Bits(all.Run(x)));
    }

    [Fact]
    public void Run_WeightsOfDifferentFormats_AreRefused()
    {
        using QuantisedMatrix first = new(16, 96, 4, seed: 1), second = new(16, 96, 8, seed: 2);
        using var both = new Operator(2, first, second);
        Assert.Contains("different formats", Assert.ThrowsAny<Exception>(() => both.Run([new float[96]])).Message, StringComparison.Ordinal);
    }

    /// <summary>Beyond the rows that are quantised at once too (96 at this width), on one thread and on two.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Run_AnyNumberOfRowsAndThreads_GivesARowTheSameBits(int bits)
    {
        const int K = 3200;
        using var matrix = new QuantisedMatrix(90, K, bits, seed: 1);
        float[][] x = QuantisedMatrix.Random(300, K, seed: 2);
        using var alone = new Operator(matrix, threads: 1);
        uint[][] expected = [.. x.Select(row => QuantizedProductsTests.Bits(alone.Run([row])).ToArray())];
        foreach (int threads in (int[])[1, 2])
        {
            using var linear = new Operator(matrix, threads);
            foreach (int rows in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 32, 33, 128, 129, 300])
            {
                float[][] y = linear.Run(x[^rows..]);
                Assert.All(y.SelectMany(row => row), value => Assert.True(float.IsFinite(value)));
                Assert.Equal(expected[^rows..].SelectMany(row => row), QuantizedProductsTests.Bits(y));
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Run_RowThatIsNotFinite_IsNaNAndItsMatesAreUnharmed(float broken)
    {
        using var matrix = new QuantisedMatrix(40, 96, 4, seed: 1);
        using var linear = new Operator(matrix, threads: 2);
        float[][] x = QuantisedMatrix.Random(9, 96, seed: 2);
        float[][] whole = linear.Run(x);
        x[3][70] = broken;

        float[][] y = linear.Run(x);

        Assert.All(y[3], value => Assert.True(float.IsNaN(value)));
        Assert.Equal(QuantizedProductsTests.Bits(whole.Where((_, i) => i != 3)), QuantizedProductsTests.Bits(y.Where((_, i) => i != 3)));
    }

    [Fact]
    public void Run_ZerosAndNumbersTooSmall_GiveZero()
    {
        using var matrix = new QuantisedMatrix(16, 64, 8, seed: 1);
        using var linear = new Operator(matrix, threads: 1);
        float[][] y = linear.Run([new float[64], [.. Enumerable.Repeat(1e-38f, 64)]]);
        Assert.All(y.SelectMany(row => row), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(0)]
    public void Run_InputOfAnotherWidth_IsRefused(int k)
    {
        using var matrix = new QuantisedMatrix(16, 96, 4, seed: 1);
        using var linear = new Operator(matrix, threads: 1);
        var error = Assert.ThrowsAny<Exception>(() => linear.Run([new float[k]]));
        Assert.Contains("QuantizedLinear: x has", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_SteadyState_AllocatesNothingOfItsOwn()
    {
        using var matrix = new QuantisedMatrix(64, 256, 4, seed: 1);
        using var linear = new Operator(matrix, threads: 1);
        Assert.Equal(linear.AllocatedBy(rows: 1), linear.AllocatedBy(rows: 64));
    }

    /// <summary>Relative RMS error against float weights and activations; docs/serving/quantisation.md states it.</summary>
    [Theory]
    [InlineData(4, false, 0.095)]
    [InlineData(4, true, 0.16)]
    [InlineData(8, false, 0.009)]
    [InlineData(8, true, 0.015)]
    public void Run_AgainstFloats_StaysWithinTheStatedError(int bits, bool outliers, double bound)
    {
        using var matrix = new QuantisedMatrix(64, 1024, bits, seed: 1, outliers);
        using var linear = new Operator(matrix, threads: 2);
        float[][] x = QuantisedMatrix.Random(16, 1024, seed: 2, outliers), y = linear.Run(x);
        double error = 0, norm = 0;
        for (int r = 0; r < x.Length; r++)
        {
            for (int c = 0; c < 64; c++)
            {
                double exact = x[r].Zip(matrix.Rows[c], (a, b) => (double)a * b).Sum();
                error += (y[r][c] - exact) * (y[r][c] - exact);
                norm += exact * exact;
            }
        }
        Assert.InRange(Math.Sqrt(error / norm), bound / 2, bound);
    }

    /// <summary>A graph of this one operator.</summary>
    private sealed unsafe class Operator : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly string[] _inputs;
        private readonly OrtValue[] _weights;
        private readonly RunOptions _options = new();

        public Operator(QuantisedMatrix matrix, int threads)
            : this(threads, matrix)
        {
        }

        public Operator(int threads, params QuantisedMatrix[] matrices)
        {
            _inputs = ["x", .. matrices.Select((_, i) => $"w{i}")];
            var graph = new OnnxGraph("linear");
            graph.Input("x", TensorElementType.Float, "rows", "k");
            for (int i = 0; i < matrices.Length; i++)
                graph.Input($"w{i}", TensorElementType.UInt8, matrices[i].Layout.Strips, matrices[i].Layout.StripBytes);

            int Columns(int index) => index < matrices.Length ? matrices[index].Layout.Columns : 0;
            graph.Node(OnnxDomain.Serverless, "QuantizedLinear", _inputs, ["y"], ("columns", Columns(0)), ("columns_1", Columns(1)), ("columns_2", Columns(2)));
            graph.Output("y", TensorElementType.Float, "rows", matrices.Sum(matrix => matrix.Layout.Columns));
            _session = OnnxSessions.Create(graph.ToModel(), threads);
            _weights = [.. matrices.Select(matrix => OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, TensorElementType.UInt8, [matrix.Layout.Strips, matrix.Layout.StripBytes], (nint)matrix.Packed, matrix.Layout.Bytes))];
        }

        public float[][] Run(float[][] x)
        {
            using var input = OrtValue.CreateTensorValueFromMemory(x.SelectMany(row => row).ToArray(), [x.Length, x[0].Length]);
            using var results = _session.Run(_options, _inputs, [input, .. _weights], ["y"]);
            return [.. results[0].GetTensorDataAsSpan<float>().ToArray().Chunk((int)results[0].GetTensorTypeAndShape().Shape[1])];
        }

        public long AllocatedBy(int rows)
        {
            using var input = OrtValue.CreateTensorValueFromMemory(new float[rows * 256], [rows, 256]);
            long least = long.MaxValue;
            for (int i = 0; i < 10; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                _session.Run(_options, _inputs, [input, .. _weights], ["y"]).Dispose();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            return least;
        }

        public void Dispose()
        {
            _session.Dispose();
            foreach (var weight in _weights)
                weight.Dispose();

            _options.Dispose();
        }
    }
}

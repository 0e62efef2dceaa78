using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Operators;

/// <summary>Products that compute their input on its way in, beside the same in operators of their own.</summary>
public sealed class FusedLinearTests
{
    private const float Epsilon = 1e-5f;

    /// <summary>Rows that fill tiles and that do not, in one pass and in several, quantised on one thread and on two.</summary>
    public static TheoryData<int, int, int> Shapes()
    {
        var shapes = new TheoryData<int, int, int>();
        foreach (int bits in (int[])[4, 8])
            foreach (int rows in (int[])[1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 23, 31, 40, 65, 130, 300])
                shapes.Add(bits, rows, 3200);

        shapes.Add(4, 6, 32);
        shapes.Add(8, 11, 96);
        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void NormedQuantizedLinear_AnyRows_GivesTheBitsOfNormAndProduct(int bits, int rows, int k)
    {
        using QuantisedMatrix first = new(40, k, bits, seed: 1), second = new(7, k, bits, seed: 2), third = new(16, k, bits, seed: 3);
        foreach (QuantisedMatrix[] weights in (QuantisedMatrix[][])[[first], [first, second], [first, second, third]])
        {
            foreach (int threads in (int[])[1, 2])
            {
                using var run = new Comparison(threads, weights);
                run.Graph.Input("norm", TensorElementType.Float, k);
                run.Graph.Input("residual", TensorElementType.Float, "rows", k);
                run.Graph.Node(OnnxDomain.Serverless, "RmsNorm", ["x", "norm", "residual"], ["normed", "sum"], ("epsilon", Epsilon));
                run.Graph.Node(OnnxDomain.Serverless, "QuantizedLinear", ["normed", .. run.Weights], ["y"], run.Columns);
                run.Graph.Node(OnnxDomain.Serverless, "NormedQuantizedLinear", ["x", "norm", "residual", .. run.Weights], ["fused", "fused_sum"], [("epsilon", Epsilon), .. run.Columns]);

                var results = run.Run(
                    [("x", QuantisedMatrix.Random(rows, k, seed: rows)), ("residual", QuantisedMatrix.Random(rows, k, seed: rows + 1)), ("norm", QuantisedMatrix.Random(1, k, seed: 9))],
                    "y", "sum", "fused", "fused_sum");

                Assert.Equal(rows * weights.Sum(weight => weight.Layout.Columns), results["y"].Length);
                Assert.Equal(results["y"], results["fused"]);
                Assert.Equal(results["sum"], results["fused_sum"]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void GatedQuantizedLinear_AnyRows_GivesTheBitsOfSwiGluAndProduct(int bits, int rows, int k)
    {
        using QuantisedMatrix weight = new(90, k, bits, seed: 1);
        foreach (int threads in (int[])[1, 2])
        {
            using var run = new Comparison(threads, weight);
            run.Graph.Node(OnnxDomain.Serverless, "SwiGLU", ["x"], ["gated"]);
            run.Graph.Node(OnnxDomain.Serverless, "QuantizedLinear", ["gated", .. run.Weights], ["y"], run.Columns);
            run.Graph.Node(OnnxDomain.Serverless, "GatedQuantizedLinear", ["x", .. run.Weights], ["fused"], run.Columns);

            var results = run.Run([("x", QuantisedMatrix.Random(rows, 2 * k, seed: rows))], "y", "fused");

            Assert.Equal(rows * 90, results["y"].Length);
            Assert.Equal(results["y"], results["fused"]);
        }
    }

    [Theory]
    [InlineData(63, 2, 64)]
    [InlineData(64, 3, 64)]
    [InlineData(64, 2, 32)]
    public void NormedQuantizedLinear_OfShapesThatDoNotFit_IsRefused(int normColumns, int residualRows, int residualColumns)
    {
        using QuantisedMatrix weight = new(16, 64, 4, seed: 1);
        using var run = new Comparison(1, weight);
        run.Graph.Input("norm", TensorElementType.Float, "norm_columns");
        run.Graph.Input("residual", TensorElementType.Float, "residual_rows", "residual_columns");
        run.Graph.Node(OnnxDomain.Serverless, "NormedQuantizedLinear", ["x", "norm", "residual", .. run.Weights], ["y", "sum"], [("epsilon", Epsilon), .. run.Columns]);

        var error = Assert.ThrowsAny<Exception>(() => run.Run(
            [("x", QuantisedMatrix.Random(2, 64, seed: 1)), ("norm", QuantisedMatrix.Random(1, normColumns, seed: 2)), ("residual", QuantisedMatrix.Random(residualRows, residualColumns, seed: 3))],
            "y", "sum"));

        Assert.Contains("NormedQuantizedLinear: x has 64 columns", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GatedQuantizedLinear_OfAnotherWidth_IsRefused()
    {
        using QuantisedMatrix weight = new(16, 64, 4, seed: 1);
        using var run = new Comparison(1, weight);
        run.Graph.Node(OnnxDomain.Serverless, "GatedQuantizedLinear", ["x", .. run.Weights], ["y"], run.Columns);

        var error = Assert.ThrowsAny<Exception>(() => run.Run([("x", QuantisedMatrix.Random(2, 64, seed: 1))], "y"));

        Assert.Contains("QuantizedLinear: x has 32 columns", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A graph of an input x [rows, any], of weights, and of what a test puts into it.</summary>
    private sealed unsafe class Comparison : IDisposable
    {
        private readonly int _threads;
        private readonly OrtValue[] _weights;

        public Comparison(int threads, params QuantisedMatrix[] matrices)
        {
            _threads = threads;
            Graph.Input("x", TensorElementType.Float, "rows", "columns");
            for (int i = 0; i < matrices.Length; i++)
                Graph.Input($"w{i}", TensorElementType.UInt8, matrices[i].Layout.Strips, matrices[i].Layout.StripBytes);

            Weights = [.. matrices.Select((_, i) => $"w{i}")];
            int Of(int index) => index < matrices.Length ? matrices[index].Layout.Columns : 0;
            Columns = [("columns", Of(0)), ("columns_1", Of(1)), ("columns_2", Of(2))];
            _weights = [.. matrices.Select(matrix => OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, TensorElementType.UInt8, [matrix.Layout.Strips, matrix.Layout.StripBytes], (nint)matrix.Packed, matrix.Layout.Bytes))];
        }

        public OnnxGraph Graph { get; } = new("comparison");

        public string[] Weights { get; }

        public (string Name, object Value)[] Columns { get; }

        /// <summary>The bits of each output.</summary>
        /// <param name="inputs">Matrices; one of a single row named "norm" is a vector.</param>
        public Dictionary<string, uint[]> Run((string Name, float[][] Rows)[] inputs, params string[] outputs)
        {
            foreach (string output in outputs)
                Graph.Output(output, TensorElementType.Float, $"{output}_rows", $"{output}_columns");

            using var session = OnnxSessions.Create(Graph.ToModel(), _threads);
            using var options = new RunOptions();
            OrtValue[] values = [.. inputs.Select(input => OrtValue.CreateTensorValueFromMemory(
                input.Rows.SelectMany(row => row).ToArray(), input.Name == "norm" ? [input.Rows[0].Length] : [input.Rows.Length, input.Rows[0].Length]))];
            try
            {
                using var results = session.Run(options, [.. inputs.Select(input => input.Name), .. Weights], [.. values, .. _weights], outputs);
                return outputs.Zip(results).ToDictionary(pair => pair.First, pair => QuantizedProductsTests.Bits([pair.Second.GetTensorDataAsSpan<float>().ToArray()]).ToArray());
            }
            finally
            {
                Array.ForEach(values, value => value.Dispose());
            }
        }

        public void Dispose() => Array.ForEach(_weights, weight => weight.Dispose());
    }
}

using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution.Operators;

public sealed class RmsNormTests
{
    private const float Epsilon = 1e-5f;

    /// <summary>Widths that vectors divide, and that they do not.</summary>
    [Theory]
    [InlineData(1, 2048, true)]
    [InlineData(9, 96, true)]
    [InlineData(17, 40, false)]
    [InlineData(3, 13, true)]
    [InlineData(2, 1, false)]
    public void Run_AnyShape_EqualsReference(int rows, int columns, bool hasResidual)
    {
        float[][] x = QuantisedMatrix.Random(rows, columns, seed: rows), residual = QuantisedMatrix.Random(rows, columns, seed: rows + 1);
        float[] weight = QuantisedMatrix.Random(1, columns, seed: 99)[0];

        var (y, sum) = Run(x, weight, hasResidual ? residual : null);

        for (int row = 0; row < rows; row++)
        {
            double[] s = [.. x[row].Select((value, i) => (double)value + (hasResidual ? residual[row][i] : 0))];
            double factor = 1 / Math.Sqrt(s.Sum(value => value * value) / columns + Epsilon);
            for (int i = 0; i < columns; i++)
                Assert.Equal(s[i] * factor * weight[i], y[row][i], 1e-5 * (1 + Math.Abs(s[i] * factor * weight[i])));

            if (hasResidual)
                Assert.Equal(x[row].Zip(residual[row], (a, b) => a + b), sum![row]);
        }
    }

    [Fact]
    public void Run_AnyBatchAndThreads_GivesARowTheSameBits()
    {
        float[][] x = QuantisedMatrix.Random(40, 200, seed: 1), residual = QuantisedMatrix.Random(40, 200, seed: 2);
        float[] weight = QuantisedMatrix.Random(1, 200, seed: 3)[0];
        float[][] whole = Run(x, weight, residual, threads: 2).Y;
        for (int row = 0; row < x.Length; row++)
            Assert.Equal(QuantizedProductsTests.Bits([whole[row]]), QuantizedProductsTests.Bits(Run([x[row]], weight, [residual[row]], threads: 1).Y));
    }

    [Fact]
    public void Run_RowThatIsNotFinite_LeavesItsMatesUnharmed()
    {
        float[][] x = QuantisedMatrix.Random(12, 64, seed: 1);
        float[] weight = QuantisedMatrix.Random(1, 64, seed: 2)[0];
        float[][] whole = Run(x, weight, null).Y;
        x[5][7] = float.NaN;

        float[][] y = Run(x, weight, null).Y;

        Assert.All(y[5], value => Assert.True(float.IsNaN(value)));
        Assert.Equal(QuantizedProductsTests.Bits(whole.Where((_, i) => i != 5)), QuantizedProductsTests.Bits(y.Where((_, i) => i != 5)));
    }

    [Fact]
    public void Run_WeightOrResidualOfAnotherShape_IsRefused()
    {
        float[][] x = QuantisedMatrix.Random(2, 64, seed: 1);
        Assert.Contains("RmsNorm: x has 64 columns", Assert.ThrowsAny<Exception>(() => Run(x, new float[63], null)).Message, StringComparison.Ordinal);
        Assert.Contains("RmsNorm: x has 64 columns", Assert.ThrowsAny<Exception>(() => Run(x, new float[64], QuantisedMatrix.Random(3, 64, seed: 1))).Message, StringComparison.Ordinal);
    }

    private static (float[][] Y, float[][]? Sum) Run(float[][] x, float[] weight, float[][]? residual, int threads = 2)
    {
        var graph = new OnnxGraph("norm");
        graph.Input("x", TensorElementType.Float, "rows", "columns");
        graph.Input("weight", TensorElementType.Float, "weight_columns");
        if (residual is not null)
            graph.Input("residual", TensorElementType.Float, "residual_rows", "columns");

        string[] inputs = residual is null ? ["x", "weight"] : ["x", "weight", "residual"], outputs = residual is null ? ["y"] : ["y", "sum"];
        graph.Node(OnnxDomain.Serverless, "RmsNorm", inputs, outputs, ("epsilon", Epsilon));
        foreach (string output in outputs)
            graph.Output(output, TensorElementType.Float, "rows", "columns");

        using var session = OnnxSessions.Create(graph.ToModel(), threads);
        using var options = new RunOptions();
        var values = new List<OrtValue> { Value(x), OrtValue.CreateTensorValueFromMemory(weight, [weight.Length]) };
        if (residual is not null)
            values.Add(Value(residual));

        try
        {
            using var results = session.Run(options, inputs, values, outputs);
            return (Rows(results[0]), residual is null ? null : Rows(results[1]));
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }

    private static OrtValue Value(float[][] rows) => OrtValue.CreateTensorValueFromMemory(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);

    private static float[][] Rows(OrtValue value) => [.. value.GetTensorDataAsSpan<float>().ToArray().Chunk((int)value.GetTensorTypeAndShape().Shape[1])];
}

using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class OnnxQuantizerTests
{
    private const int K = 64, Columns = 40;

    /// <summary>A matrix that is used twice is packed once, one that something else reads stays, and products are those of the float32 model but for what int8 costs.</summary>
    [Fact]
    public void Quantize_ProductsWithAMatrix_GiveNearlyTheSame()
    {
        var weights = QuantisedMatrix.Random(K, Columns, seed: 3);
        var model = Model(weights);
        using InferenceSession exact = OnnxSessions.Create(model, 1), quantised = OnnxSessions.Create(OnnxQuantizer.Quantize("m", model, 8), 1);
        float[] x = [.. QuantisedMatrix.Random(6, K, seed: 4).SelectMany(row => row)];

        float[] expected = Run(exact, x), actual = Run(quantised, x);

        Assert.Equal(6 * Columns, actual.Length);
        var norm = Math.Sqrt(expected.Average(value => value * value));
        Assert.InRange(Math.Sqrt(expected.Zip(actual, (a, b) => (a - b) * (a - b)).Average()) / norm, 1e-5, 0.02);
    }

    [Fact]
    public void Quantize_AWeightThatIsNotFinite_IsRefusedByName()
    {
        var weights = QuantisedMatrix.Random(K, Columns, seed: 3);
        weights[5][7] = float.NaN;
        var error = Assert.Throws<CheckpointException>(() => OnnxQuantizer.Quantize("m", Model(weights), 8));
        Assert.Contains("m: w: row 7 ", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Bytes that nobody vouches for: a refusal, or a model that ONNX Runtime judges, and nothing else.</summary>
    [Fact]
    public void Quantize_ASpoiltModel_IsRefusedOrQuantised()
    {
        var model = Model(QuantisedMatrix.Random(K, 3, seed: 3));
        var random = new Random(11);
        var refused = 0;
        for (var round = 0; round < 3000; round++)
        {
            byte[] spoilt = [.. model[..(round % 3 == 0 ? random.Next(model.Length) : model.Length)]];
            for (var fault = random.Next(4); fault > 0 && spoilt.Length > 0; fault--) spoilt[random.Next(Math.Min(spoilt.Length, random.Next(2) == 0 ? 200 : spoilt.Length))] = (byte)random.Next(256);
            try
            {
                OnnxQuantizer.Quantize("m", spoilt, 8);
            }
            catch (CheckpointException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 500, 2900);
    }

    /// <summary>y = x w + x w + the largest number of w.</summary>
    private static byte[] Model(float[][] weights)
    {
        var graph = new ProtobufWriter();
        Node(graph, "MatMul", ["input_ids", "w"], "a");
        Node(graph, "MatMul", ["input_ids", "w"], "b");
        Node(graph, "Add", ["a", "b"], "c");
        Node(graph, "ReduceMax", ["w"], "d");
        Node(graph, "Add", ["c", "d"], "y");
        graph.String(2, "products");
        graph.Message(5, tensor =>
        {
            tensor.Int(1, weights.Length);
            tensor.Int(1, weights[0].Length);
            tensor.Int(2, (int)TensorElementType.Float);
            tensor.String(8, "w");
            var bytes = new byte[weights.Length * weights[0].Length * sizeof(float)];
            foreach (var (value, i) in weights.SelectMany(row => row).Select((value, i) => (value, i))) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), value);
            tensor.Bytes(9, bytes);
        });
        Value(graph, 11, "input_ids", "texts", "tokens", weights.Length);
        Value(graph, 12, "y", "texts", "tokens", weights[0].Length);
        var model = new ProtobufWriter();
        model.Int(1, 10);
        model.Bytes(7, graph.ToArray());
        model.Message(8, set =>
        {
            set.String(1, "");
            set.Int(2, 21);
        });
        return model.ToArray();
    }

    private static void Node(ProtobufWriter graph, string type, string[] inputs, string output) => graph.Message(1, node =>
    {
        foreach (var input in inputs) node.String(1, input);
        node.String(2, output);
        node.String(3, output);
        node.String(4, type);
    });

    private static void Value(ProtobufWriter graph, int field, string name, string texts, string tokens, int width) => graph.Message(field, value =>
    {
        value.String(1, name);
        value.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Int(1, (int)TensorElementType.Float);
            tensor.Message(2, shape =>
            {
                shape.Message(1, dimension => dimension.String(2, texts));
                shape.Message(1, dimension => dimension.String(2, tokens));
                shape.Message(1, dimension => dimension.Int(1, width));
            });
        }));
    });

    private static float[] Run(InferenceSession session, float[] x)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(x, [2, x.Length / (2 * K), K]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["input_ids"], [input], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}

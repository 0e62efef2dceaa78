using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Tests.Reranking;

/// <summary>
/// A cross-encoder of random weights in a folder as sentence-transformers has it, and the same computed plainly: embeddings of token, position and segment, layer norm, one head of attention over what is
/// not padding, residual and layer norm, the first token's state through tanh, one logit.
/// </summary>
internal sealed class SmallCrossEncoder
{
    public const int Width = 8, MaxTokens = 48;
    private const string Weights = "weights.bin";
    private const float Epsilon = 1e-5f, Masked = -10_000;

    public static readonly string[] Vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "fig", "leaf", "##s", "prune", "water", "soil", "a", "is", "?", "."];

    private static readonly (string Name, long[] Shape)[] Shapes =
    [
        ("tokens", [Vocabulary.Length, Width]), ("positions", [MaxTokens, Width]), ("types", [2, Width]), ("query", [Width, Width]), ("key", [Width, Width]), ("value", [Width, Width]),
        ("output", [Width, Width]), ("pooler", [Width, Width]), ("classifier", [Width, 1]), ("scale", [Width]), ("bias", [Width]),
    ];

    private readonly Dictionary<string, float[]> _weights;

    public SmallCrossEncoder(int seed = 5)
    {
        var random = new Random(seed);
        _weights = Shapes.ToDictionary(shape => shape.Name, shape => Enumerable.Range(0, (int)shape.Shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (random.NextSingle() * 2) - 1).ToArray());
    }

    /// <summary>Writes the folder's files.</summary>
    /// <param name="logits">What the graph's output is called.</param>
    public void Write(string folder, string logits = "logits", bool hasTypes = true)
    {
        Directory.CreateDirectory(Path.Combine(folder, "onnx"));
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), Vocabulary);
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""{"model_type":"bert","architectures":["BertForSequenceClassification"],"id2label":{"0":"LABEL_0"},"vocab_size":{{Vocabulary.Length}},"max_position_embeddings":{{MaxTokens}}}""");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"do_lower_case":true,"model_max_length":1000000000000000019884624838656}""");
        File.WriteAllBytes(Path.Combine(folder, "onnx", "model.onnx"), Graph(logits, hasTypes));
        File.WriteAllBytes(Path.Combine(folder, "onnx", Weights), [.. Shapes.SelectMany(shape => MemoryMarshal.AsBytes<float>(_weights[shape.Name]).ToArray())]);
    }

    /// <summary>The logit of a pair, computed in doubles and without padding.</summary>
    public double Logit(int[] ids, int[] segments)
    {
        var embedded = ids.Select((id, i) => Norm(Add(Add(Row("tokens", id), Row("positions", i)), Row("types", segments[i])))).ToArray();
        var (keys, values) = (embedded.Select(row => Times(row, "key")).ToArray(), embedded.Select(row => Times(row, "value")).ToArray());
        // Of the last layer the first token's state is all that counts.
        var query = Times(embedded[0], "query");
        var attention = keys.Select(key => Math.Exp(query.Zip(key, (a, b) => a * b).Sum() / Math.Sqrt(Width))).ToArray();
        var mixed = Enumerable.Range(0, Width).Select(d => values.Select((value, i) => value[d] * attention[i] / attention.Sum()).Sum()).ToArray();
        var hidden = Norm(Add(embedded[0], Times(mixed, "output")));
        return Times([.. Times(hidden, "pooler").Select(Math.Tanh)], "classifier")[0];
    }

    private double[] Row(string table, int row) => [.. _weights[table].Skip(row * Width).Take(Width).Select(x => (double)x)];

    private double[] Times(double[] row, string matrix)
    {
        var columns = _weights[matrix].Length / Width;
        return [.. Enumerable.Range(0, columns).Select(column => row.Select((x, i) => x * _weights[matrix][(i * columns) + column]).Sum())];
    }

    private static double[] Add(double[] one, double[] other) => [.. one.Zip(other, (a, b) => a + b)];

    private double[] Norm(double[] row)
    {
        var mean = row.Average();
        var deviation = Math.Sqrt(row.Average(x => (x - mean) * (x - mean)) + Epsilon);
        return [.. row.Select((x, i) => ((x - mean) / deviation * _weights["scale"][i]) + _weights["bias"][i])];
    }

    private static byte[] Graph(string logits, bool hasTypes)
    {
        var graph = new OnnxGraph("small-cross-encoder");
        var offset = 0L;
        foreach (var (name, shape) in Shapes)
        {
            var layout = new WeightLayout(name, TensorElementType.Float, shape) { External = new ExternalData(Weights, offset) };
            graph.Weight(layout);
            offset += layout.Bytes;
        }

        foreach (var input in (string[])["input_ids", "attention_mask", .. hasTypes ? ["token_type_ids"] : Array.Empty<string>()]) graph.Input(input, TensorElementType.Int64, "pairs", "tokens");
        string Op(string operation, string[] inputs, params (string Name, object Value)[] attributes) => graph.Node(OnnxDomain.Standard, operation, inputs, attributes);
        string Norm(string rows) => Op("LayerNormalization", [rows, "scale", "bias"], ("axis", -1), ("epsilon", Epsilon));
        var length = Op("Cast", [Op("Gather", [Op("Shape", ["input_ids"]), graph.Constant(1)])], ("to", (int)TensorElementType.Int64));
        var positions = Op("Range", [Scalar(0), Op("Squeeze", [length]), Scalar(1)]);
        var sum = Op("Add", [Op("Gather", ["tokens", "input_ids"]), Op("Gather", ["positions", positions])]);
        var embedded = Norm(hasTypes ? Op("Add", [sum, Op("Gather", ["types", "token_type_ids"])]) : sum);
        var key = Op("Transpose", [Op("MatMul", [embedded, "key"])], ("perm", (int[])[0, 2, 1]));
        var scores = Op("Div", [Op("MatMul", [Op("MatMul", [embedded, "query"]), key]), Op("Constant", [], ("value_float", MathF.Sqrt(Width)))]);
        var padding = Op("Sub", [Op("Constant", [], ("value_float", 1f)), Op("Cast", ["attention_mask"], ("to", (int)TensorElementType.Float))]);
        var masked = Op("Add", [scores, Op("Unsqueeze", [Op("Mul", [padding, Op("Constant", [], ("value_float", Masked))]), graph.Constant(1)])]);
        var mixed = Op("MatMul", [Op("Softmax", [masked], ("axis", -1)), Op("MatMul", [embedded, "value"])]);
        var hidden = Norm(Op("Add", [embedded, Op("MatMul", [mixed, "output"])]));
        var first = Op("Squeeze", [Op("Gather", [hidden, graph.Constant(0)], ("axis", 1)), graph.Constant(1)]);
        graph.Node(OnnxDomain.Standard, "MatMul", [Op("Tanh", [Op("MatMul", [first, "pooler"])]), "classifier"], [logits]);
        graph.Output(logits, TensorElementType.Float, "pairs", 1);
        return graph.ToModel();

        string Scalar(int value) => Op("Constant", [], ("value_int", value));
    }
}

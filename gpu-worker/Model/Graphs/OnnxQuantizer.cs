using System.Text;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>
/// Puts <c>serverless.QuantizedLinear</c> (<see cref="PackedLayout"/>) into an encoder's ONNX model in the place of products of hidden states, [texts, tokens, K], with constant matrices: nodes MatMul whose second
/// input is an initializer f32 [K, N], K a multiple of 32. All else stays as it is. Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
internal sealed class OnnxQuantizer
{
    private const int ModelGraph = 7, ModelOperatorSet = 8, GraphNode = 1, GraphInitializer = 5, GraphInput = 11, GraphValue = 13;
    private const string Ids = "input_ids";

    private readonly string _name;
    private readonly ReadOnlyMemory<byte> _graph;
    private readonly int _bits;
    private readonly Dictionary<string, Matrix> _matrices = [];
    private readonly List<byte[]> _textDimensions = [];
    private readonly HashSet<string> _replaced = [], _kept = [];

    private OnnxQuantizer(string name, ReadOnlyMemory<byte> graph, int bits)
    {
        _name = name;
        _graph = graph;
        _bits = bits;
    }

    /// <param name="name">What errors call the model.</param>
    /// <param name="model">A ModelProto.</param>
    /// <param name="bits">4 or 8.</param>
    /// <exception cref="CheckpointException">It is no ONNX model, a weight is not finite, or there is nothing to quantise in it.</exception>
    public static byte[] Quantize(string name, byte[] model, int bits)
    {
        try
        {
            var written = new ProtobufWriter();
            var fields = new ProtobufReader(model, "model");
            while (fields.MoveNext())
            {
                if (fields.Field != ModelGraph)
                {
                    fields.Skip();
                    written.Raw(fields.FieldBytes);
                    continue;
                }

                var length = fields.ReadBytes("graph").Length;
                written.Bytes(ModelGraph, new OnnxQuantizer(name, model.AsMemory(fields.Offset - length, length), bits).Rewrite());
            }

            written.Message(ModelOperatorSet, set =>
            {
                set.String(1, OnnxDomain.Serverless);
                set.Int(2, 1);
            });
            return written.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new CheckpointException($"{name}: the ONNX model cannot be read: {e.Message}", e);
        }
    }

    private byte[] Rewrite()
    {
        var fields = new ProtobufReader(_graph.Span, "graph");
        while (fields.MoveNext())
        {
            if (fields.Field == GraphInitializer && Matrix.Read(fields.ReadMessage("initializer")) is { } matrix) _matrices[matrix.Name] = matrix;
            else if (fields.Field == GraphInput) ReadDimensions(fields.ReadMessage("input"));
            else if (fields.Field != GraphInitializer) fields.Skip();
        }

        fields = new ProtobufReader(_graph.Span, "graph");
        while (fields.MoveNext())
        {
            if (fields.Field != GraphNode)
            {
                fields.Skip();
                continue;
            }

            var node = Node.Read(fields.ReadMessage("node"));
            if (!IsProduct(node))
            {
                _kept.UnionWith(node.Inputs);
                continue;
            }

            _kept.Add(node.Inputs[0]);
            _replaced.Add(node.Inputs[1]);
        }

        return Write();
    }

    private byte[] Write()
    {
        var written = new ProtobufWriter();
        HashSet<string> packed = [];
        var fields = new ProtobufReader(_graph.Span, "graph");
        while (fields.MoveNext())
        {
            var node = fields.Field == GraphNode ? Node.Read(fields.ReadMessage("node")) : null;
            var weight = fields.Field == GraphInitializer ? Matrix.Read(fields.ReadMessage("initializer")) : null;
            if (fields.Field is not (GraphNode or GraphInitializer)) fields.Skip();
            if (node is not null && IsProduct(node))
            {
                var matrix = _matrices[node.Inputs[1]];
                if (packed.Add(matrix.Name)) WriteWeight(written, matrix);
                WriteProduct(written, node, matrix);
                WriteShape(written, node, matrix);
            }
            else if (weight is null || IsWanted(weight.Name))
            {
                written.Raw(fields.FieldBytes);
            }
        }

        if (packed.Count == 0) throw new CheckpointException($"{_name}: the ONNX model has no product with a constant float32 matrix of 32, 64, ... rows in the file itself: serve it as float32.");
        return written.ToArray();
    }

    private bool IsProduct(Node node) => node is { Operator: "MatMul", Domain: "" } && node.Inputs.Count == 2 && _matrices.ContainsKey(node.Inputs[1]);

    private bool IsWanted(string matrix) => !_replaced.Contains(matrix) || _kept.Contains(matrix);

    private static string PackedName(Matrix matrix) => matrix.Name + ".packed";

    /// <summary>How the ids' dimensions, texts and tokens, are called: hidden states have them too.</summary>
    private void ReadDimensions(ProtobufReader input)
    {
        var name = input;
        if (!Find(ref name, 1) || Encoding.UTF8.GetString(name.ReadBytes("name")) != Ids || !Find(ref input, 2)) return;
        var type = input.ReadMessage("type");
        if (!Find(ref type, 1)) return;
        var tensor = type.ReadMessage("tensor_type");
        if (!Find(ref tensor, 2)) return;
        var shape = tensor.ReadMessage("shape");
        while (_textDimensions.Count < 2 && Find(ref shape, 1)) _textDimensions.Add(shape.ReadBytes("dim").ToArray());
    }

    /// <summary>Goes to the next field of a number; false where there is none.</summary>
    private static bool Find(ref ProtobufReader message, int field)
    {
        while (message.MoveNext())
        {
            if (message.Field == field) return true;
            message.Skip();
        }

        return false;
    }

    /// <summary>ONNX Runtime does not know our operator's shapes, and joins other operators by them.</summary>
    private void WriteShape(ProtobufWriter graph, Node node, Matrix matrix) => graph.Message(GraphValue, value =>
    {
        value.String(1, node.Output);
        value.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Int(1, (int)TensorElementType.Float);
            tensor.Message(2, shape =>
            {
                foreach (var dimension in _textDimensions) shape.Bytes(1, dimension);
                shape.Message(1, size => size.Int(1, matrix.Columns));
            });
        }));
    });

    private unsafe void WriteWeight(ProtobufWriter graph, Matrix matrix)
    {
        var layout = new PackedLayout(matrix.Columns, matrix.K, _bits);
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)layout.Bytes));
        fixed (byte* target = bytes)
            PackedMatrix.Quantize($"{_name}: {matrix.Name}", layout, (column, row) => matrix.CopyColumn(_graph.Span, column, row), target);

        graph.Message(GraphInitializer, tensor =>
        {
            tensor.Int(1, layout.Strips);
            tensor.Int(1, layout.StripBytes);
            tensor.Int(2, (int)TensorElementType.UInt8);
            tensor.String(8, PackedName(matrix));
            tensor.Bytes(9, bytes);
        });
    }

    private static void WriteProduct(ProtobufWriter graph, Node node, Matrix matrix) => graph.Message(GraphNode, product =>
    {
        product.String(1, node.Inputs[0]);
        product.String(1, PackedName(matrix));
        product.String(2, node.Output);
        product.String(3, node.Name);
        product.String(4, "QuantizedLinear");
        foreach (var (attribute, columns) in ((string, int)[])[("columns", matrix.Columns), ("columns_1", 0), ("columns_2", 0)])
        {
            product.Message(5, value =>
            {
                value.String(1, attribute);
                value.Int(3, columns);
                value.Int(20, 2);
            });
        }

        product.String(7, OnnxDomain.Serverless);
    });

    /// <summary>A node's parts that are looked at.</summary>
    private sealed record Node(string Operator, string Domain, string Name, IReadOnlyList<string> Inputs, string Output)
    {
        public static Node Read(ProtobufReader fields)
        {
            var (type, domain, name, output) = ("", "", "", "");
            List<string> inputs = [];
            while (fields.MoveNext())
            {
                if (fields.Field is not (1 or 2 or 3 or 4 or 7))
                {
                    fields.Skip();
                    continue;
                }

                var text = Encoding.UTF8.GetString(fields.ReadBytes("name"));
                switch (fields.Field)
                {
                    case 1: inputs.Add(text); break;
                    case 2: output = text; break;
                    case 3: name = text; break;
                    case 4: type = text; break;
                    default: domain = text; break;
                }
            }

            return new Node(type, domain, name, inputs, output);
        }
    }

    /// <summary>An initializer f32 [K, N] whose K can be quantised, by its place in the graph's bytes.</summary>
    private sealed record Matrix(string Name, int K, int Columns, int Start)
    {
        private const int Dimensions = 1, Type = 2, Floats = 4, TensorName = 8, RawData = 9, DataLocation = 14;

        /// <summary>Null for what is none.</summary>
        public static Matrix? Read(ProtobufReader fields)
        {
            List<long> dimensions = [];
            var (type, name, at, bytes, isElsewhere) = (0L, "", 0, -1, false);
            while (fields.MoveNext())
            {
                switch (fields.Field)
                {
                    case Dimensions:
                        fields.ReadIntegers("dims", dimensions);
                        break;
                    case Type:
                        type = fields.ReadInteger("data_type");
                        break;
                    case Floats or RawData when fields.IsBytes:
                        bytes = fields.ReadBytes("data").Length;
                        at = fields.Offset - bytes;
                        break;
                    case TensorName:
                        name = Encoding.UTF8.GetString(fields.ReadBytes("name"));
                        break;
                    case DataLocation:
                        isElsewhere = fields.ReadInteger("data_location") != 0;
                        break;
                    default:
                        fields.Skip();
                        break;
                }
            }

            if (isElsewhere) return null;

            if (type != (long)TensorElementType.Float || dimensions is not [> 0 and < 1 << 24, > 0 and < 1 << 24] || dimensions[0] % BlockQuantizer.BlockSize != 0) return null;
            if (bytes != dimensions[0] * dimensions[1] * sizeof(float)) throw new InvalidDataException($"the initializer {name} has {Math.Max(0, bytes)} bytes, {dimensions[0]} x {dimensions[1]} float32 have {dimensions[0] * dimensions[1] * sizeof(float)}.");
            return new Matrix(name, (int)dimensions[0], (int)dimensions[1], at);
        }

        public void CopyColumn(ReadOnlySpan<byte> graph, int column, Span<float> row)
        {
            var values = graph.Slice(Start, K * Columns * sizeof(float));
            for (var k = 0; k < K; k++) row[k] = BitConverter.ToSingle(values[(((k * Columns) + column) * sizeof(float))..]);
        }
    }
}

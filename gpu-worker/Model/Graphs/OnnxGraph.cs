using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>
/// Builds an ONNX model as protobuf, node by node. Weights are inputs, bound once at run time, or lie in files beside the model: so a graph is
/// a few kilobytes and the weights lie in memory exactly once. Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
internal sealed class OnnxGraph(string name)
{
    private const int IrVersion = 10;
    private const int Opset = 21;

    private readonly ProtobufWriter _graph = new();
    private int _values;

    /// <summary>Declares an input; a dimension is a long, or a string where it varies.</summary>
    public string Input(string input, TensorElementType type, params object[] dimensions)
    {
        _graph.Message(11, value => ValueInfo(value, input, type, dimensions));
        return input;
    }

    /// <summary>
    /// Declares a weight whose data is given apart from the model: a constant to the operators that pack weights when a session is created.
    /// </summary>
    public void Initializer(string initializer, TensorElementType type, params long[] dimensions) => ExternalTensor(initializer, type, dimensions, [("location", "memory")]);

    /// <summary>Declares a weight: an input, or where <see cref="WeightLayout.External"/> has its place, a tensor in that file.</summary>
    public void Weight(WeightLayout weight)
    {
        if (weight.External is { } external)
            ExternalTensor(weight.Name, weight.Type, weight.Shape, [("location", external.File), ("offset", $"{external.Offset}"), ("length", $"{weight.Bytes}")]);
        else
            Input(weight.Name, weight.Type, [.. weight.Shape.Cast<object>()]);
    }

    public void Output(string output, TensorElementType type, params object[] dimensions) =>
        _graph.Message(12, value => ValueInfo(value, output, type, dimensions));

    /// <summary>Adds a node of one output and returns that output's name.</summary>
    public string Node(string domain, string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = NewName(operation);
        Node(domain, operation, inputs, [output], attributes);
        return output;
    }

    /// <summary>Adds a node; an empty name leaves an optional input or output out.</summary>
    public void Node(string domain, string operation, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        _graph.Message(1, node =>
        {
            foreach (string input in inputs)
                node.String(1, input);

            foreach (string output in outputs)
                node.String(2, output);

            node.String(3, outputs[0]);
            node.String(4, operation);
            foreach (var (attribute, value) in attributes)
                node.Message(5, writer => Attribute(writer, attribute, value));

            node.String(7, domain);
        });

    /// <summary>A vector of whole numbers, as shapes are given.</summary>
    public string Constant(params int[] values) => Node(OnnxDomain.Standard, "Constant", [], ("value_ints", values));

    /// <summary>A whole number without dimensions, which some kernels ask for where others take a vector of one.</summary>
    public string Scalar(int value) => Node(OnnxDomain.Standard, "Constant", [], ("value_int", value));

    public string NewName(string operation) => $"{operation}.{_values++}";

    public byte[] ToModel()
    {
        _graph.String(2, name);
        var model = new ProtobufWriter();
        model.Int(1, IrVersion);
        model.Bytes(7, _graph.ToArray());
        OperatorSet(model, OnnxDomain.Standard, Opset);
        OperatorSet(model, OnnxDomain.Microsoft, 1);
        OperatorSet(model, OnnxDomain.Serverless, 1);
        return model.ToArray();
    }

    private static void OperatorSet(ProtobufWriter model, string domain, int version) => model.Message(8, set =>
    {
        set.String(1, domain);
        set.Int(2, version);
    });

    private static void Attribute(ProtobufWriter writer, string name, object value)
    {
        writer.String(1, name);
        switch (value)
        {
            case float number:
                writer.Float(2, number);
                writer.Int(20, 1);
                break;
            case int number:
                writer.Int(3, number);
                writer.Int(20, 2);
                break;
            case int[] numbers:
                foreach (int number in numbers)
                    writer.Int(8, number);

                writer.Int(20, 7);
                break;
            case string text:
                writer.String(4, text);
                writer.Int(20, 3);
                break;
            default:
                throw new ArgumentException($"Attribute {name} has a type that is not written here.", nameof(value));
        }
    }

    private void ExternalTensor(string initializer, TensorElementType type, long[] dimensions, (string Key, string Value)[] place) => _graph.Message(5, tensor =>
    {
        foreach (long dimension in dimensions)
            tensor.Int(1, dimension);

        tensor.Int(2, (int)type);
        tensor.String(8, initializer);
        foreach (var (key, value) in place)
        {
            tensor.Message(13, entry =>
            {
                entry.String(1, key);
                entry.String(2, value);
            });
        }
        tensor.Int(14, 1);
    });

    private static void ValueInfo(ProtobufWriter value, string name, TensorElementType type, object[] dimensions)
    {
        value.String(1, name);
        value.Message(2, typeProto => typeProto.Message(1, tensor =>
        {
            tensor.Int(1, (int)type);
            tensor.Message(2, shape =>
            {
                foreach (object dimension in dimensions)
                {
                    shape.Message(1, size =>
                    {
                        if (dimension is string symbol)
                            size.String(2, symbol);
                        else
                            size.Int(1, Convert.ToInt64(dimension));
                    });
                }
            });
        }));
    }
}

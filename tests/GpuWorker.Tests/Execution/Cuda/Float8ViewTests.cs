using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Graphs;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

public sealed class Float8ViewTests
{
    /// <summary>ONNX Runtime's own Cast reads the view, so that its idea of the type, and that of the stand-in for PagedAttention, are compared as well.</summary>
    [Fact]
    public void Run_EveryByte_IsItsFloat8()
    {
        var graph = new OnnxGraph("view");
        string bytes = graph.Input("bytes", TensorElementType.UInt8, "rows", 2L, 4L);
        string floats = graph.Node(OnnxDomain.Standard, "Cast", [graph.Node(OnnxDomain.Caches, "Float8View", [bytes])], ("to", (int)TensorElementType.Float));
        graph.Output(floats, TensorElementType.Float, "rows", 2L, 4L);
        using var options = new SessionOptions();
        Float8View.Register(options, provider: null);
        using var session = new InferenceSession(graph.ToModel(), options);
        byte[] codes = [.. Enumerable.Range(0, 256).Select(code => (byte)code)];
        using var input = OrtValue.CreateTensorValueFromMemory(codes, [32, 2, 4]);
        using var run = new RunOptions();

        using var results = session.Run(run, [bytes], [input], [floats]);

        Assert.Equal([32, 2, 4], results[0].GetTensorTypeAndShape().Shape);
        Assert.Equal(codes.Select(code => (float)Float8E4M3.ToDouble(code)), results[0].GetTensorDataAsSpan<float>().ToArray());
    }
}

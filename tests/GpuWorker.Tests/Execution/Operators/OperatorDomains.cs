using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Tests.Execution.Cuda;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Tests.Execution.Operators;

/// <summary>
/// ONNX Runtime makes an operator's domain known with the first session that has it, and of two such sessions at once one may fail. A process of the worker's creates its sessions one after another; tests create
/// theirs side by side.
/// </summary>
internal static class OperatorDomains
{
    [ModuleInitializer]
    internal static void MakeKnown()
    {
        OnnxSessions.DisableTelemetry();
        var graph = new OnnxGraph("nothing");
        graph.Output(graph.Node(OnnxDomain.Standard, "Identity", [graph.Input("x", TensorElementType.Float, 1L)]), TensorElementType.Float, 1L);
        using var options = new SessionOptions();
        ServerlessOperators.Register(options);
        PagedAttentionStandIn.Register(options, KvCacheFormat.Float32);
        Float8View.Register(options, provider: null);
        using var session = new InferenceSession(graph.ToModel(), options);
    }
}

using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution.Operators;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>The operators of domain <c>serverless</c> for CUDA sessions. Only what ranks need: the rest of the graph is ONNX Runtime's.</summary>
internal static unsafe class CudaOperators
{
    public const string Provider = "CUDAExecutionProvider";

    private static readonly nint Float16Domain = CreateDomain(TensorElementType.Float16, Provider), BFloat16Domain = CreateDomain(TensorElementType.BFloat16, Provider);

    /// <summary>Makes AllReduce and AllGather known to sessions whose activations are of <paramref name="type"/>.</summary>
    public static void Register(SessionOptions options, TensorElementType type) =>
        OrtNativeApi.AddDomain(options.DangerousGetHandle(), type == TensorElementType.BFloat16 ? BFloat16Domain : Float16Domain);

    /// <param name="provider">In whose memory the operators' tensors lie; null is the CPU's, for tests of all but NCCL.</param>
    public static nint CreateDomain(TensorElementType type, string? provider)
    {
        nint domain;
        fixed (byte* name = "serverless\0"u8)
            domain = OrtNativeApi.CreateCustomOpDomain(name);

        Add("AllReduce", static group => new NcclAllReduceKernel(group));
        Add("AllGather", static group => new NcclAllGatherKernel(group));
        return domain;

        void Add(string name, Func<NcclGroup, OperatorKernel> create) => OrtNativeApi.AddOperator(domain, CustomOperator.Create(
            new OperatorSignature(name, [(int)type]) { OutputType = (int)type, ExecutionProvider = provider },
            info => create(CollectiveRegistry<NcclGroup>.Find((int)OrtNativeApi.IntAttribute(info, "collective\0"u8)))));
    }
}

using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution.Operators;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// <c>serverless.caches.Float8View</c>: bytes u8[...] as float8e4m3fn[...] in the same place. It launches nothing and copies nothing; what PagedAttention writes into its
/// output is in the cache that the graph was given.
/// </summary>
internal sealed unsafe class Float8View : OperatorKernel
{
    /// <summary>ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E4M3FN, which the managed binding's enumeration lacks.</summary>
    public const int Float8E4M3FN = 17;

    private static readonly nint Domain = CreateDomain(CudaOperators.Provider), CpuDomain = CreateDomain(null);

    /// <param name="provider">In whose memory the caches lie; null is the CPU's.</param>
    public static void Register(SessionOptions options, string? provider) => OrtNativeApi.AddDomain(options.DangerousGetHandle(), provider is null ? CpuDomain : Domain);

    public override void Compute(OperatorContext context)
    {
        var bytes = context.Input(0);
        // A copy would lose every key and value that is written.
        if (context.RawOutput(bytes.Shape) != bytes.Data)
            throw new InvalidOperationException("ONNX Runtime gave the view of a float8 cache memory of its own.");
    }

    private static nint CreateDomain(string? provider)
    {
        nint domain;
        fixed (byte* name = "serverless.caches\0"u8)
            domain = OrtNativeApi.CreateCustomOpDomain(name);

        var signature = new OperatorSignature("Float8View", [(int)TensorElementType.UInt8]) { OutputType = Float8E4M3FN, IsView = true, ExecutionProvider = provider };
        OrtNativeApi.AddOperator(domain, CustomOperator.Create(signature, static _ => new Float8View()));
        return domain;
    }
}

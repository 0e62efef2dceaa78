using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>The operators of domain <c>serverless</c>, written in C# for the CPU.</summary>
internal static unsafe class ServerlessOperators
{
    private const int Any = 0;
    private const int Float = (int)TensorElementType.Float;
    private const int UInt8 = (int)TensorElementType.UInt8;
    private const int Int32 = (int)TensorElementType.Int32;

    private static readonly nint Domain = CreateDomain();

    /// <summary>Makes the operators known to sessions of these options.</summary>
    public static void Register(Microsoft.ML.OnnxRuntime.SessionOptions options) => OrtNativeApi.AddDomain(options.DangerousGetHandle(), Domain);

    private static nint CreateDomain()
    {
        nint domain;
        fixed (byte* name = "serverless\0"u8)
            domain = OrtNativeApi.CreateCustomOpDomain(name);

        OrtNativeApi.AddOperator(domain, CustomOperator.Create(
            "PagedAttention", [Float, UInt8, UInt8, Int32, Int32, Int32, Float, Float, Int32], 0, CreatePagedAttention));
        OrtNativeApi.AddOperator(domain, CustomOperator.Create("Linear", [Float, Any, Any, Any], 2, static _ => new LinearKernel()));
        OrtNativeApi.AddOperator(domain, CustomOperator.Create("QuantizedLinear", [Float, UInt8, UInt8, UInt8], 2, static info => new QuantizedLinearKernel(Columns(info))));
        OrtNativeApi.AddOperator(domain, CustomOperator.Create(
            new OperatorSignature("NormedQuantizedLinear", [Float, Float, Float, UInt8, UInt8, UInt8]) { Optional = [4, 5], Outputs = 2 },
            static info => new QuantizedLinearKernel(Columns(info), LinearSource.Normed, OrtNativeApi.FloatAttribute(info, "epsilon\0"u8))));
        OrtNativeApi.AddOperator(domain, CustomOperator.Create(
            "GatedQuantizedLinear", [Float, UInt8], 0, static info => new QuantizedLinearKernel(Columns(info), LinearSource.Gated)));
        OrtNativeApi.AddOperator(domain, CustomOperator.Create("AllReduce", [Float], 0, CreateAllReduce));
        OrtNativeApi.AddOperator(domain, CustomOperator.Create("SwiGLU", [Float], 0, static _ => new SwiGluKernel()));
        OrtNativeApi.AddOperator(domain, CustomOperator.Create(
            new OperatorSignature("RmsNorm", [Float, Float, Float]) { Optional = [2], Outputs = 2 }, static info => new RmsNormKernel(OrtNativeApi.FloatAttribute(info, "epsilon\0"u8))));
        OrtNativeApi.AddOperator(domain, CustomOperator.Create(
            "EncoderAttention", [Float, Float, Float, Int32, Float], 0, static _ => new EncoderAttentionKernel()));
        OrtNativeApi.AddOperator(domain, CustomOperator.Create("MaskedMeanPool", [Float, Int32, Int32], 0, static _ => new MaskedMeanPoolKernel()));
        return domain;
    }

    private static int[] Columns(nint info) =>
    [
        (int)OrtNativeApi.IntAttribute(info, "columns\0"u8),
        (int)OrtNativeApi.IntAttribute(info, "columns_1\0"u8),
        (int)OrtNativeApi.IntAttribute(info, "columns_2\0"u8),
    ];

    private static AllReduceKernel CreateAllReduce(nint info) => new(
        CollectiveRegistry<ICollective>.Find((int)OrtNativeApi.IntAttribute(info, "collective\0"u8)));

    private static PagedAttentionKernel CreatePagedAttention(nint info)
    {
        var layout = new KvCacheLayout(
            (KvCacheFormat)OrtNativeApi.IntAttribute(info, "kv_cache_format\0"u8),
            (int)OrtNativeApi.IntAttribute(info, "block_size\0"u8),
            (int)OrtNativeApi.IntAttribute(info, "head_size\0"u8));
        return new PagedAttentionKernel(
            (int)OrtNativeApi.IntAttribute(info, "num_heads\0"u8),
            (int)OrtNativeApi.IntAttribute(info, "kv_num_heads\0"u8),
            OrtNativeApi.FloatAttribute(info, "scale\0"u8),
            layout,
            AttentionProducts.Best(layout.Format));
    }
}

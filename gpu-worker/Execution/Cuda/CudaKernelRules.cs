using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// What the CUDA kernels that we use ask for (onnxruntime 1.29, contrib_ops/cuda/bert/paged_attention.cc and paged_attention_helper.h). Pure.
/// </summary>
internal static class CudaKernelRules
{
    /// <summary>Sequences of a step: paged attention sums their lengths up in one thread block of so many threads.</summary>
    public const int MostSequences = 256;

    /// <summary>Of flash attention and of bfloat16: major * 10 + minor.</summary>
    public const int LeastCapability = 80;

    private const int MostHeadSize = 256;

    /// <summary>The smallest block that flash attention reads in place: one of its tiles must not reach over a block's end.</summary>
    public static int BlockSize(int headSize) => headSize <= 64 ? 256 : 128;

    /// <summary>Why there cannot be so many ranks, or null. Devices that CUDA_VISIBLE_DEVICES hides are not counted: CUDA does not say that they are there.</summary>
    public static string? TooFewDevices(int ranks, int devices)
    {
        if (ranks <= devices)
            return null;

        return devices == 0
            ? "Worker:Device=cuda: no CUDA device was found (CUDA_VISIBLE_DEVICES may hide some). Use Worker:Device=cpu."
            : $"Worker:Ranks is {ranks} and {devices} CUDA {(devices == 1 ? "device was" : "devices were")} found (CUDA_VISIBLE_DEVICES may hide some): each rank has one of its own, so use 1{string.Concat(Permitted(devices))}.";

        static IEnumerable<string> Permitted(int devices) => new[] { 2, 4 }.Where(ranks => ranks <= devices).Select(ranks => $" or {ranks}");
    }

    /// <summary>What of these settings and this model the kernels cannot do: each names the setting and what is permitted.</summary>
    /// <param name="capability">The device's, major * 10 + minor.</param>
    public static IReadOnlyList<string> Check(LlamaConfig config, CudaFormat format, int maxSequences, int capability)
    {
        List<string> errors = [];
        if (capability < LeastCapability)
            errors.Add($"Worker:Device=cuda: the device has compute capability {capability / 10}.{capability % 10}; {LeastCapability / 10}.{LeastCapability % 10} or later is needed (A100, A10, L4, H100 or newer). Use Worker:Device=cpu.");

        if (maxSequences > MostSequences)
            errors.Add($"Worker:MaxSequences is {maxSequences}; with Worker:Device=cuda it must be from 1 to {MostSequences}.");

        if (config.HeadSize > MostHeadSize)
            errors.Add($"Worker:Device=cuda: the model's head_dim is {config.HeadSize}; it must be a multiple of 8 up to {MostHeadSize}. Use Worker:Device=cpu.");

        if (format.Activations is not (TensorType.F16 or TensorType.BF16))
            errors.Add("Worker:ActivationType must be float16 or bfloat16.");

        if (format.Bits > 0 && (config.HiddenSize % BlockQuantizer.BlockSize != 0 || config.IntermediateSize % BlockQuantizer.BlockSize != 0))
            errors.Add($"Worker:WeightFormat={format.Weights}: the model's hidden_size, {config.HiddenSize}, and intermediate_size, {config.IntermediateSize}, must be multiples of {BlockQuantizer.BlockSize}. Use checkpoint.");

        return errors;
    }
}

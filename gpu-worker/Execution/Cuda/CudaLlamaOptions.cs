using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>What a <see cref="CudaLlamaSession"/> is made of, beside weights and device.</summary>
internal sealed record CudaLlamaOptions
{
    public CudaFormat Format { get; init; } = new();

    /// <summary>Blocks of the paged cache that the engine has; the session adds those that it keeps for itself.</summary>
    public required int Blocks { get; init; }

    /// <summary>Tokens of a block (<see cref="CudaKernelRules.BlockSize"/>).</summary>
    public required int BlockSize { get; init; }

    /// <summary>Most tokens of a step.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Most sequences of a step.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Most rows of logits of a step, where more than one a sequence is wanted.</summary>
    public int MaxSampledRows { get; init; }

    /// <summary>Whether decode steps are captured as CUDA graphs and replayed.</summary>
    public bool UseGraphs { get; init; } = true;

    /// <summary>Where PagedAttention comes from; ONNX Runtime's own has no CPU kernel.</summary>
    public string AttentionDomain { get; init; } = OnnxDomain.Microsoft;
}

using Serverless.GpuWorker.Sampling;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>One sequence to generate.</summary>
public sealed record GenerationRequest
{
    /// <summary>The prompt's ids, BOS included; 1 to the model's context less 1.</summary>
    public required int[] PromptTokens { get; init; }

    /// <summary>1 to the context less the prompt.</summary>
    public required int MaxTokens { get; init; }

    public SamplingParameters Sampling { get; init; } = new();

    /// <summary>Ids that end the sequence besides EOS.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Whom the work is for: fairness, cache isolation. Opaque.</summary>
    public string ClientId { get; init; } = "anonymous";
}

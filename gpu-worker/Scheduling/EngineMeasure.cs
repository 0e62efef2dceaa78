namespace Serverless.GpuWorker.Scheduling;

/// <summary>What an engine keeps histograms of, on one monotonic clock (vLLM, docs/design/metrics.md). The numbers are indices.</summary>
public enum EngineMeasure
{
    /// <summary>Seconds from arrival to the first step that the sequence is part of.</summary>
    QueueTime,

    /// <summary>Seconds from that step to the first token.</summary>
    PrefillTime,

    /// <summary>Seconds from the first token to the last.</summary>
    DecodeTime,

    /// <summary>Seconds from the first step to the last token.</summary>
    InferenceTime,

    /// <summary>Tokens of a sequence's prompt.</summary>
    PromptTokens,

    /// <summary>Tokens of a sequence's answer.</summary>
    GenerationTokens,

    /// <summary>Tokens of a step.</summary>
    StepTokens,
}

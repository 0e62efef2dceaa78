namespace Serverless.GpuWorker.Scheduling;

public enum FinishReason
{
    /// <summary>The model emitted EOS or a stop token.</summary>
    Stop,

    /// <summary>MaxTokens or the context was reached.</summary>
    Length,
}

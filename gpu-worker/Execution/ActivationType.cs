namespace Serverless.GpuWorker.Execution;

/// <summary>What the hidden state is computed in on CUDA; on the CPU it is float32.</summary>
public enum ActivationType
{
    /// <summary>Eleven bits of precision, numbers up to 65504: what Llama 2 was published in.</summary>
    Float16,

    /// <summary>Eight bits of precision, float32's range.</summary>
    BFloat16,
}

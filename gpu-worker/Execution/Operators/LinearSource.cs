namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>What <see cref="QuantizedLinearKernel"/> multiplies.</summary>
internal enum LinearSource
{
    /// <summary>x.</summary>
    Given,

    /// <summary>RMSNorm(x + residual).</summary>
    Normed,

    /// <summary>silu(gate) * up, of x that is both.</summary>
    Gated,
}

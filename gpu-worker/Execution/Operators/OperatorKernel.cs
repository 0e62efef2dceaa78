namespace Serverless.GpuWorker.Execution.Operators;

/// <summary>One node's computation. ONNX Runtime owns it from session to session's end; runs may overlap, so it holds no scratch of its own.</summary>
internal abstract class OperatorKernel
{
    public abstract void Compute(OperatorContext context);
}

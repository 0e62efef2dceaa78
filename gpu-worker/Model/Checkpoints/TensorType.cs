namespace Serverless.GpuWorker.Model.Checkpoints;

/// <summary>The element types a checkpoint's weights may have.</summary>
public enum TensorType
{
    F32,
    F16,
    BF16,
}

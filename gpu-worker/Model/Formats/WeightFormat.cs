using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>
/// How a model's matrices are held in memory. Sums are float32 in every format; the quantised ones quantise what they are multiplied with as
/// well, to eight bits for every 32 values of a row.
/// </summary>
public enum WeightFormat
{
    /// <summary>Four bytes a weight: the fastest on a CPU while it fits.</summary>
    Float32,

    /// <summary>As the checkpoint stores them, mapped from its file: no copy.</summary>
    Checkpoint,

    /// <summary>Two bytes a weight: float16 and bfloat16 as the checkpoint stores them, float32 rounded to float16.</summary>
    Float16,

    /// <summary>Eight bits and a scale for every 32 weights.</summary>
    Int8,

    /// <summary>Four bits and a scale for every 32 weights.</summary>
    Int4,
}

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>A size of step that is captured once as a CUDA graph and replayed.</summary>
/// <param name="GraphId">1 or more: 0 is ONNX Runtime's own default, -1 runs without a graph.</param>
/// <param name="Sequences">Sequences of the step, padding included; each has one token.</param>
/// <param name="Length">Most tokens of one sequence, this step's included.</param>
internal readonly record struct DecodeBucket(int GraphId, int Sequences, int Length);

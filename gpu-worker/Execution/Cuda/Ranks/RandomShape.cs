namespace Serverless.GpuWorker.Execution.Cuda.Ranks;

/// <summary>A model of random weights, the same in every process, for measuring without a checkpoint.</summary>
/// <param name="Name">One of <see cref="Model.ModelShape"/>'s.</param>
/// <param name="ContextLength">Tokens of prompt and answer together.</param>
internal sealed record RandomShape(string Name, int ContextLength);

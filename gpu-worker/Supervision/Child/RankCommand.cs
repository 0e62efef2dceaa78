using Serverless.GpuWorker.Execution.Cuda.Ranks;

namespace Serverless.GpuWorker.Supervision.Child;

/// <summary>
/// <c>gpu-worker rank</c>, which an engine's process starts and nobody else: one rank of a Llama on CUDA, behind the same protocol as <see cref="EngineCommand"/> and under the same rules.
/// </summary>
internal static class RankCommand
{
    public const string Name = "rank";

    /// <inheritdoc cref="ChildCommand.Run"/>
    public static int Run() => ChildCommand.Run((input, output, _) => new RankHost(input, output, new CudaRankLoader(TimeProvider.System)).Run());
}

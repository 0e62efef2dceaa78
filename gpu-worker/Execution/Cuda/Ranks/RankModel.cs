namespace Serverless.GpuWorker.Execution.Cuda.Ranks;

/// <summary>What one rank of a group is to load, and its place among the others.</summary>
/// <param name="Engine">With the blocks that every rank's cache has (<see cref="LlmEngineOptions.KvCacheBlocks"/>).</param>
internal sealed record RankModel(LlmEngineOptions Engine, RankAssignment Assignment)
{
    /// <summary>What to run in place of the engine's checkpoint; null for that.</summary>
    public RandomShape? Random { get; init; }

    /// <summary>The same for another rank, on the device of its number.</summary>
    public RankModel Of(int rank) => this with { Assignment = Assignment with { Rank = rank, Device = rank } };

    /// <summary>The assignment's id stays out of logs.</summary>
    public override string ToString() => $"{Engine.ModelName}, {Assignment}";
}

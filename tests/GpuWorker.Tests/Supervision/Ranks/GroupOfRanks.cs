using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Supervision.Ranks;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Execution.Cuda;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Supervision.Ranks;

/// <summary>A random Llama, and groups whose ranks are threads behind pipes in memory. NCCL's part is the <see cref="FakeNccl"/>'s.</summary>
internal sealed class GroupOfRanks : IDisposable
{
    private readonly int _ranks;

    /// <param name="child">In place of the ranks that serve, by the number of the rank.</param>
    /// <param name="vocabulary">128 is dealt out among the ranks in equal parts, 101 in parts that overlap.</param>
    public GroupOfRanks(int ranks = 2, Func<int, GroupOfRanks, FakeChild>? child = null, int vocabulary = 101)
    {
        _ranks = ranks;
        Model = new RandomLlama(CudaModel.Shape(4, 2, 16) with { VocabularySize = vocabulary, IntermediateSize = 160, EosTokens = [] }, seed: ranks);
        Nccl = new FakeNccl(ranks) { AbortsAlone = true };
        Loader = new StandInRankLoader(Nccl, Clock) { BeforePrepare = assignment => BeforePrepare(assignment) };
        Launcher = new FakeLauncher(rank => child?.Invoke(rank, this) ?? Serving());
    }

    public RandomLlama Model { get; }

    public FakeNccl Nccl { get; }

    /// <summary>The ranks' own, which their steps' timeout goes by.</summary>
    public ManualTimeProvider Clock { get; } = new();

    public StandInRankLoader Loader { get; }

    public FakeLauncher Launcher { get; }

    public Action<RankAssignment> BeforePrepare { get; set; } = _ => { };

    public RankModel Plan => CudaLlamaLoader.PlanRanks(StandInRankLoader.Options(Model.Folder, _ranks), LlamaConfig.Read(Model.Folder), Nccl.CreateUniqueId(), RankGroup.StepTimeout);

    /// <summary>A rank as it is in a process.</summary>
    public FakeChild Serving() => new((input, output) => new RankHost(input, output, Loader).Run() == ChildEnd.Orderly ? 0 : 1);

    public Task<RankGroup> StartAsync(TimeProvider? time = null, ILogger? logger = null) =>
        RankGroup.StartAsync(Plan, Loader, Launcher, time ?? TimeProvider.System, logger ?? NullLogger.Instance);

    public void Dispose()
    {
        foreach (var child in Launcher.Children) Assert.True(child.Exited.IsCompleted);
        Model.Dispose();
    }
}

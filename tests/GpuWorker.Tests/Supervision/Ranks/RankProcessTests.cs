using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Supervision.Ranks;
using Serverless.GpuWorker.Supervision.Replicas;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Execution;
using Serverless.GpuWorker.Tests.Execution.Cuda;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Supervision.Ranks;

/// <summary>Ranks as real processes, some really killed. They compute on the CPU (<see cref="StandInProcess"/>).</summary>
public sealed class RankProcessTests : IDisposable
{
    private const int AnswerTokens = 60;

    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);

    private readonly RandomLlama _model = new(CudaModel.Shape(4, 2, 16) with { VocabularySize = 128, IntermediateSize = 160, EosTokens = [] }, seed: 9);
    private readonly string _folder = Directory.CreateTempSubdirectory("ranks-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _model.Dispose();
    }

    [Fact]
    public async Task Run_FourProcesses_EqualReferenceUntilOneIsKilled()
    {
        int[] tokens = [.. Enumerable.Range(0, 14).Select(i => (7 * i) % 101)];
        var expected = _model.Reference.Logits(tokens);
        using var group = await StartAsync(4, StandInProcess.Launcher("rank", _folder));
        var processes = group.ProcessIds;
        var runner = new PagedRunner(group, 64, seed: 1);

        float[][] rows = [.. runner.Step((0, tokens[..9]))[0], .. runner.Step((0, tokens[9..13]))[0], .. runner.Step((0, tokens[13..]))[0]];

        var most = expected.Max(row => row.Max(Math.Abs));
        Assert.InRange(expected.Zip(rows, (e, a) => e.Zip(a, (x, y) => Math.Abs(x - y)).Max()).Max() / most, 0, 0.015);
        ProcessList.Signal("-KILL", processes[2]);
        Assert.Equal("Rank 3 of 4 exited with code 137 (SIGKILL).", await group.Failure.WaitAsync(Generous));
        Assert.Throws<RankGroupFailedException>(() => runner.Step((0, [1])));
        await WorkerUnderTest.UntilAsync(() => !processes.Any(ProcessList.IsAlive), "the other ranks to be gone");
    }

    /// <summary>The worker's own program. Where there is no CUDA it says that; where there is, that there is no such folder.</summary>
    [Fact]
    public async Task StartAsync_RanksOfTheWorkersOwnProgram_SayWhyTheyCannotStart()
    {
        using var release = new ManualResetEventSlim();
        var loader = new StandInRankLoader(new MappedNccl(_folder), TimeProvider.System) { BeforePrepare = _ => release.Wait() };
        var plan = Plan(2);
        plan = plan with { Engine = plan.Engine with { CheckpointPath = Path.Combine(_folder, "none") } };

        var error = await Assert.ThrowsAsync<RankGroupFailedException>(
            () => RankGroup.StartAsync(plan, loader, new ChildLauncher(RankCommand.Name), TimeProvider.System, NullLogger.Instance).WaitAsync(Generous));

        release.Set();
        Assert.StartsWith(
            CudaLibraries.Missing().Count > 0 ? "Rank 1 of 2 cannot start: CudaUnavailableException: Worker:Device=cuda: the CUDA provider could not be loaded: " : "Rank 1 of 2 cannot start: ",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rank_OfTheWorkersOwnProgram_IsToldNothingButByItsInputAndEndsWithIt()
    {
        using var child = new ChildLauncher(RankCommand.Name).Start();
        var process = $"/proc/{child.ProcessId}";
        await WorkerUnderTest.UntilAsync(() => System.Text.RegularExpressions.Regex.IsMatch(File.ReadAllText($"{process}/limits"), @"Max core file size\s+0\s+0"), "core dumps to be off");
        Assert.EndsWith("\0rank\0", File.ReadAllText($"{process}/cmdline"), StringComparison.Ordinal);

        child.Input.Close();

        Assert.Equal(137, await child.Exited.WaitAsync(Generous));
    }

    [Fact]
    public async Task GenerateAsync_RankKilledUnderLoad_EveryRequestIsAnsweredByAnotherEngine()
    {
        await using var engine = await RemoteEngine.StartAsync(
            new RemoteEngineOptions { Engine = StandInRankLoader.Options(_model.Folder, 2), Supervision = new SupervisionOptions { FirstPause = TimeSpan.FromMilliseconds(10) } },
            StandInProcess.Launcher("engine", _folder),
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None,
            new Random(1));
        var process = engine.ProcessIds.OfType<int>().Single();
        var rank = Assert.Single(ProcessList.Children(process));
        using var victim = Process.GetProcessById(rank);
        var received = 0;

        // Six at a time until another engine is there: the child may be far ahead of those who read.
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            List<int> answers = [];
            while (engine.GetStatus().Restarts == 0 || answers.Count == 0)
            {
                answers.Add(await CollectAsync(engine, i, () =>
                {
                    if (Interlocked.Increment(ref received) == 30) victim.Kill();
                }));
            }

            return answers;
        })).WaitAsync(Generous);

        Assert.All(answers.SelectMany(a => a), answer => Assert.Equal(AnswerTokens, answer));
        var status = engine.GetStatus();
        Assert.Equal((1, true), (status.Restarts, status.Replays > 0));
        var next = engine.ProcessIds.OfType<int>().Single();
        Assert.False(ProcessList.IsAlive(process));

        // A killed engine leaves no rank behind.
        var ranks = ProcessList.Children(next);
        ProcessList.Signal("-KILL", next);
        await WorkerUnderTest.UntilAsync(() => !ranks.Any(ProcessList.IsAlive), "the ranks of a killed engine to be gone");
        Assert.Single(ranks);
    }

    private Task<RankGroup> StartAsync(int ranks, IChildLauncher launcher) => RankGroup.StartAsync(Plan(ranks), StandInProcess.Loader(_folder), launcher, TimeProvider.System, NullLogger.Instance);

    private RankModel Plan(int ranks) =>
        CudaLlamaLoader.PlanRanks(StandInRankLoader.Options(_model.Folder, ranks), LlamaConfig.Read(_model.Folder), new MappedNccl(_folder).CreateUniqueId(), RankGroup.StepTimeout);

    private static async Task<int> CollectAsync(ILlmEngine engine, int number, Action onToken)
    {
        var request = new GenerationRequest
        {
            PromptTokens = [.. Enumerable.Range(0, 5 + number).Select(i => ((number * 13) + (i * 29)) % 101)],
            MaxTokens = AnswerTokens,
            Sampling = new SamplingParameters { Temperature = number % 2, Seed = (ulong)number },
        };
        var tokens = 0;
        await foreach (var _ in engine.GenerateAsync(request, CancellationToken.None))
        {
            tokens++;
            onToken();
        }

        return tokens;
    }
}

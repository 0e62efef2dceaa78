using Microsoft.Extensions.Logging;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision.Child;
using Serverless.GpuWorker.Supervision.Wire;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Execution.Cuda;

namespace Serverless.GpuWorker.Tests.Supervision.Ranks;

/// <summary>What becomes of an engine, and of its process, when a rank fails.</summary>
public sealed class RankEngineTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);

    private readonly RecordedLogs _logs = new();

    [Fact]
    public async Task Engine_RankDiesWhileNobodyAsks_EndsOnceAndSaysWhich()
    {
        using var setup = new GroupOfRanks();
        await using var engine = Load(setup);
        Assert.True(engine.GetStatus().IsReady);

        setup.Launcher.Children.Single().Kill();

        await engine.Ended.WaitAsync(Generous);
        Assert.False(engine.GetStatus().IsReady);
        Assert.Equal("205 The model failed, and the engine ends: Rank 1 of 2 exited with code 137 (SIGKILL).", Assert.Single(_logs.Lines, IsOfTheEnd).TrimEnd());
    }

    [Fact]
    public async Task Engine_RankDiesUnderARequest_FailsItAndTakesNoOther()
    {
        using var setup = new GroupOfRanks();
        await using var engine = Load(setup);
        var received = 0;

        var error = await Assert.ThrowsAsync<EngineFailedException>(async () =>
        {
            await foreach (var _ in engine.GenerateAsync(Request, CancellationToken.None))
                if (++received == 5) setup.Launcher.Children.Single().Kill();
        }).WaitAsync(Generous);

        await engine.Ended.WaitAsync(Generous);
        Assert.InRange(received, 5, Request.MaxTokens - 1);
        Assert.DoesNotContain("Rank", error.Message, StringComparison.Ordinal);
        Assert.Single(_logs.Lines, line => line.StartsWith("205 ", StringComparison.Ordinal) && line.Contains("Rank 1 of 2", StringComparison.Ordinal));
        await Assert.ThrowsAsync<EngineFailedException>(async () =>
        {
            await foreach (var _ in engine.GenerateAsync(Request, CancellationToken.None))
            {
                // None comes.
            }
        });
    }

    /// <summary>Each rank has its part of a row, which rank 0 gathers, of a prompt's tokens as of those that are sampled.</summary>
    [Fact]
    public async Task Engine_PromptThatIsToldOf_IsAsLikelyAsTokensThatAreForced()
    {
        using var setup = new GroupOfRanks(vocabulary: 128);
        await using (var engine = Load(setup))
        {
            int[] prompt = [.. Enumerable.Range(0, 20).Select(i => i * 37 % 128)];
            var told = await engine.GenerateAsync(new GenerationRequest { PromptTokens = prompt, MaxTokens = 1, PromptLogprobs = 3 }, default).SingleAsync();
            Assert.Equal(prompt.Length - 1, told.PromptLogprobs!.Count);
            for (var i = 1; i < prompt.Length; i++)
            {
                var sampling = new SamplingParameters { Temperature = 0, Logprobs = 3, LogitBias = new Dictionary<int, float> { [prompt[i]] = 100 } };
                var forced = await engine.GenerateAsync(new GenerationRequest { PromptTokens = prompt[..i], MaxTokens = 1, Sampling = sampling }, default).SingleAsync();
                // Batching changes last bits there.
                Assert.Equal(forced.Logprobs!.Chosen, told.PromptLogprobs[i - 1].Chosen, 1e-2f);
                Assert.Equal(forced.Logprobs.Top[0].Logprob, told.PromptLogprobs[i - 1].Top[0].Logprob, 1e-2f);
            }
        }
    }

    /// <summary>The process around the engine: it ends with the code that has its parent start another, without a request that would find out.</summary>
    [Fact]
    public async Task Process_RankDiesWhileNobodyAsks_EndsWithAnError()
    {
        using var setup = new GroupOfRanks();
        using var child = FakeChild.Serving(new Services(() => Load(setup)));
        Assert.Equal(FrameKind.Loaded, Answer(child));

        setup.Launcher.Children.Single().Kill();

        Assert.Equal(1, await child.Exited.WaitAsync(Generous));
    }

    [Fact]
    public async Task Process_Drained_EndsItsRanksInOrder()
    {
        using var setup = new GroupOfRanks(4);
        using var child = FakeChild.Serving(new Services(() => Load(setup)));
        Assert.Equal(FrameKind.Loaded, Answer(child));

        Say(child, FrameKind.Drain, _ => { });

        Assert.Equal(0, await child.Exited.WaitAsync(Generous));
        Assert.All(setup.Launcher.Children, rank => Assert.Equal(0, rank.Exited.Result));
        Assert.DoesNotContain(_logs.Lines, IsOfTheEnd);
    }

    [Fact]
    public async Task Process_RankThatCannotLoad_SaysSoInOneLine()
    {
        using var setup = new GroupOfRanks();
        setup.BeforePrepare = assignment =>
        {
            if (assignment.Rank == 1) throw new GpuWorker.Model.Checkpoints.CheckpointException("lm_head.weight is missing.");
        };
        using var child = FakeChild.Serving(new Services(() => Load(setup)));
        Say(child, FrameKind.Load, writer => LoadFrames.WriteLoad(writer, new ChildModel { Llm = StandInRankLoader.Options("", 2) }));

        Assert.Equal("RankGroupFailedException: Rank 1 of 2 cannot start: CheckpointException: lm_head.weight is missing.", LoadFailure(child.Output));
        Assert.Equal(1, await child.Exited.WaitAsync(Generous));
    }

    private static GenerationRequest Request => new() { PromptTokens = [5, 9, 4], MaxTokens = 80 };

    private LlmEngine Load(GroupOfRanks setup)
    {
        var options = StandInRankLoader.Options(setup.Model.Folder, setup.Nccl.Ranks);
        var logger = _logs.CreateLogger("");
        return LlmEngine.Load(options, TimeProvider.System, new LoggerFactory([_logs]), (_, _) => (setup.StartAsync(logger: logger).GetAwaiter().GetResult(), options.KvCacheBlocks));
    }

    private static FrameKind Answer(FakeChild child)
    {
        Say(child, FrameKind.Load, writer => LoadFrames.WriteLoad(writer, new ChildModel { Llm = StandInRankLoader.Options("", 2) }));
        Assert.True(new FrameStream(child.Output).TryRead(out var frame));
        return new FrameReader(frame).Kind;
    }

    private static string LoadFailure(Stream output)
    {
        Assert.True(new FrameStream(output).TryRead(out var frame));
        var reader = new FrameReader(frame);
        Assert.Equal(FrameKind.LoadFailed, reader.Kind);
        return $"{reader.Text()}: {reader.Text()}";
    }

    private static void Say(FakeChild child, FrameKind kind, Action<FrameWriter> write)
    {
        var writer = new FrameWriter();
        writer.Begin(kind);
        write(writer);
        writer.End();
        child.Input.Write(writer.Written);
    }

    private static bool IsOfTheEnd(string line) => line.StartsWith("203 ", StringComparison.Ordinal) || line.StartsWith("205 ", StringComparison.Ordinal);

    private sealed class Services(Func<LlmEngine> load) : IChildServices
    {
        public IChildService Load(ChildModel model, Outbox outbox)
        {
            var engine = load();
            return new LlmService(engine, new LoadedModel { ContextLength = engine.ContextLength }, outbox, TimeProvider.System);
        }
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Contracts;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Replicas;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Execution;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary>The parent's side over real engines in children of this process, which die when a test says so.</summary>
public sealed class RemoteEngineTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(30);
    private static readonly SupervisionOptions Quick = new() { FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(2), MaxCrashes = 100 };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task GenerateAsync_ReplicasDie_EveryAnswerIsWholeAndItsOwn(int replicas)
    {
        var launcher = new FakeLauncher(start => start <= 2 ? Dying(atStep: 40) : Living());
        await using var engine = await StartAsync(launcher, replicas);
        var random = new Random(replicas);
        var requests = Enumerable.Range(0, 64).Select(i => Request(i, 20 + random.Next(100))).ToList();

        int[][] answers = await Task.WhenAll(requests.Select(request => CollectAsync(engine, request))).WaitAsync(Generous);

        Assert.Equal(requests.Select(Answer), answers);
        Assert.Equal(2, engine.GetStatus().Restarts);
        Assert.True(engine.GetStatus().Replays > 0);
        await WorkerUnderTest.UntilAsync(() => engine.GetStatus() is { Running: 0, Waiting: 0 }, "nothing to be left inside");
    }

    /// <summary>What was told of a prompt comes once, whether its engine died before its first token or after.</summary>
    [Fact]
    public async Task GenerateAsync_ReplicasDie_EveryPromptIsToldOfOnceAndRightly()
    {
        var launcher = new FakeLauncher(start => start <= 2 ? Dying(atStep: 15 * start) : Living());
        await using var engine = await StartAsync(launcher, options: Options with { MaxBatchedTokens = 40 });
        var requests = Enumerable.Range(0, 40).Select(i => Request(i, 1 + (i % 30)) with { PromptLogprobs = i % 3 }).ToList();
        await Task.WhenAll(requests.Select(async request =>
        {
            var tokens = await engine.GenerateAsync(request, default).ToListAsync();
            Assert.Equal(Answer(request), tokens.Select(token => token.Id));
            Assert.Equal(request.PromptTokens.Length - 1, tokens[0].PromptLogprobs!.Count);
            Assert.All(tokens.Skip(1), token => Assert.Null(token.PromptLogprobs));
            for (var i = 1; i < request.PromptTokens.Length; i++)
            {
                var next = HistoryModel.Next(request.PromptTokens.AsSpan(0, i), 1000);
                Assert.Equal(next == request.PromptTokens[i], tokens[0].PromptLogprobs![i - 1].Rank == 1);
                if (request.PromptLogprobs > 0) Assert.Equal(next, tokens[0].PromptLogprobs![i - 1].Top[0].Id);
            }
        })).WaitAsync(Generous);
        Assert.True(engine.GetStatus() is { Restarts: 2, Replays: > 0 });
    }

    [Fact]
    public async Task GenerateAsync_RequestThatEndsEngines_FailsAloneAndLeavesTheOthersTheirAnswers()
    {
        // A token that the model never says by itself.
        const int Poison = 2;
        FakeLauncher launcher = null!;
        launcher = new FakeLauncher(_ => FakeChild.Serving(new HistoryServices(model => model.BeforeTokens = tokens =>
        {
            if (tokens.Contains(Poison)) launcher.Children.Last().Kill();
        })));
        await using var engine = await StartAsync(launcher);
        var good = Enumerable.Range(0, 20).Select(i => Request(i, 60)).ToList();
        var bad = new GenerationRequest { PromptTokens = [5, Poison, 7], MaxTokens = 10 };

        var answers = Task.WhenAll(good.Select(request => CollectAsync(engine, request)));
        var error = await Assert.ThrowsAsync<EngineFailedException>(() => CollectAsync(engine, bad).WaitAsync(Generous));

        Assert.Equal(good.Select(Answer), await answers.WaitAsync(Generous));
        Assert.DoesNotContain("999", error.Message, StringComparison.Ordinal);
        Assert.InRange(engine.GetStatus().Restarts, 2, 4);
    }

    [Fact]
    public async Task GenerateAsync_EngineDiesInsideALivingChild_IsTakenUpByTheNext()
    {
        var failing = true;
        var launcher = new FakeLauncher(_ => FakeChild.Serving(new HistoryServices(model => model.BeforeStep = () =>
        {
            if (model.Steps > 10 && Volatile.Read(ref failing))
            {
                Volatile.Write(ref failing, false);
                throw new RankGroupFailedException("A rank is gone.", new IOException());
            }
        })));
        await using var engine = await StartAsync(launcher);
        var requests = Enumerable.Range(0, 8).Select(i => Request(i, 40)).ToList();
        Assert.Equal(requests.Select(Answer), await Task.WhenAll(requests.Select(r => CollectAsync(engine, r))).WaitAsync(Generous));
        Assert.Equal(1, engine.GetStatus().Restarts);
    }

    [Fact]
    public async Task GenerateAsync_WhileNoReplicaIsUp_WaitsAndIsLoading()
    {
        var launcher = new FakeLauncher(_ => Living());
        await using var engine = await StartAsync(launcher);
        launcher.Gate.Reset();
        launcher.Children.Last().Kill();
        await WorkerUnderTest.UntilAsync(() => engine.GetStatus().IsLoading, "the engine to be gone");

        using var cancelled = new CancellationTokenSource();
        var given = CollectAsync(engine, Request(1, 5), cancelled.Token);
        var late = CollectAsync(engine, Request(2, 5) with { Deadline = TimeProvider.System.GetSteadyNow() + TimeSpan.FromMilliseconds(20) });
        var waiting = CollectAsync(engine, Request(3, 5));
        await Assert.ThrowsAsync<DeadlineExceededException>(() => late.WaitAsync(Generous));
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given.WaitAsync(Generous));
        Assert.Equal(1, engine.GetStatus().Waiting);

        launcher.Gate.Set();
        Assert.Equal(Answer(Request(3, 5)), await waiting.WaitAsync(Generous));
    }

    [Fact]
    public async Task GenerateAsync_WhileNoReplicaIsUpAndTheQueueIsFull_IsRefused()
    {
        var launcher = new FakeLauncher(_ => Living());
        await using var engine = await StartAsync(launcher, options: Options with { MaxQueuedRequests = 2 });
        launcher.Gate.Reset();
        launcher.Children.Last().Kill();
        await WorkerUnderTest.UntilAsync(() => engine.GetStatus().IsLoading, "the engine to be gone");
        var waiting = Enumerable.Range(0, 2).Select(i => CollectAsync(engine, Request(i, 5))).ToList();
        await Assert.ThrowsAsync<EngineOverloadedException>(() => CollectAsync(engine, Request(3, 5)).WaitAsync(Generous));
        launcher.Gate.Set();
        await Task.WhenAll(waiting).WaitAsync(Generous);
    }

    [Fact]
    public async Task GenerateAsync_MoreToReplayThanTheEnginesQueueTakes_RefusesNobody()
    {
        var launcher = new FakeLauncher(start => start == 1 ? Dying(atStep: 20) : Living(maxQueued: 2));
        await using var engine = await StartAsync(launcher, options: Options with { MaxSequences = 4 });
        var requests = Enumerable.Range(0, 20).Select(i => Request(i, 40)).ToList();
        var answers = await Task.WhenAll(requests.Select(request => CollectAsync(engine, request))).WaitAsync(Generous);

        Assert.Equal(requests.Select(Answer), answers);
        Assert.Equal(1, engine.GetStatus().Restarts);
    }

    [Fact]
    public async Task GenerateAsync_RequestThatDoesNotFit_IsRefusedByNameAndHarmsNobody()
    {
        var launcher = new FakeLauncher(_ => Living());
        await using var engine = await StartAsync(launcher);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => CollectAsync(engine, new GenerationRequest { PromptTokens = [5, 100_000], MaxTokens = 3 }).WaitAsync(Generous));
        Assert.Contains("vocabulary", error.Message, StringComparison.Ordinal);
        Assert.Equal(Answer(Request(1, 3)), await CollectAsync(engine, Request(1, 3)).WaitAsync(Generous));
        Assert.Equal(0, engine.GetStatus().Restarts);
    }

    [Fact]
    public async Task GenerateAsync_ReaderGone_FreesItsPlace()
    {
        var launcher = new FakeLauncher(_ => Living());
        await using var engine = await StartAsync(launcher);
        await foreach (var _ in engine.GenerateAsync(Request(1, 150), CancellationToken.None)) break;
        await WorkerUnderTest.UntilAsync(() => engine.GetStatus() is { Running: 0, Waiting: 0 }, "its place to be free");
    }

    [Fact]
    public async Task Crashes_TooManyAtOnce_GiveUpOnceAndFailWhatWaits()
    {
        var logs = new RecordedLogs();
        var launcher = new FakeLauncher(start => start == 1 ? Dying(atStep: 5) : new FakeChild((_, _) => 139, "the last line\n"));
        await using var engine = await StartAsync(launcher, supervision: Quick with { MaxCrashes = 5 }, logger: logs.CreateLogger(""));
        var waiting = CollectAsync(engine, Request(1, 100));
        await Assert.ThrowsAsync<EngineFailedException>(() => waiting.WaitAsync(Generous));

        Assert.Equal((false, false), (engine.GetStatus().IsReady, engine.GetStatus().IsLoading));
        Assert.Equal(5, launcher.Starts);
        var said = Assert.Single(logs.Lines, line => line.StartsWith("1203 ", StringComparison.Ordinal));
        Assert.Contains("139 (SIGSEGV) (its last line: the last line)", said, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EngineFailedException>(() => CollectAsync(engine, Request(2, 3)).WaitAsync(Generous));
    }

    [Fact]
    public async Task StartAsync_ModelCannotBeLoaded_SaysWhyAndTriesOnce()
    {
        var launcher = new FakeLauncher(_ => FakeChild.Serving(new HistoryServices(_ => throw new InvalidDataException("model.safetensors is broken"))));
        var error = await Assert.ThrowsAsync<ChildFailedException>(() => StartAsync(launcher).WaitAsync(Generous));
        Assert.Equal("InvalidDataException: model.safetensors is broken", error.Message);
        Assert.Equal(1, launcher.Starts);
    }

    [Fact]
    public async Task GetStatus_AfterACrash_CountersDoNotGoBack()
    {
        var launcher = new FakeLauncher(_ => Living());
        await using var engine = await StartAsync(launcher);
        await CollectAsync(engine, Request(1, 50)).WaitAsync(Generous);
        await WorkerUnderTest.UntilAsync(() => engine.GetStatus().GeneratedTokens == 50, "the tokens to be counted");
        launcher.Children.Last().Kill();
        await WorkerUnderTest.UntilAsync(() => engine.GetStatus() is { IsReady: true, Restarts: 1 }, "the engine to be back");
        Assert.Equal(50, engine.GetStatus().GeneratedTokens);
        await CollectAsync(engine, Request(2, 50)).WaitAsync(Generous);
        await WorkerUnderTest.UntilAsync(() => engine.GetStatus().GeneratedTokens == 100, "the tokens to be counted");
    }

    private static LlmEngineOptions Options { get; } = new() { CheckpointPath = "none", ModelName = "history" };

    /// <summary>A child that dies in the middle of its work, before that step and whatever it has not said yet.</summary>
    private static FakeChild Dying(int atStep)
    {
        FakeChild child = null!;
        child = FakeChild.Serving(new HistoryServices(model => model.BeforeStep = () =>
        {
            if (model.Steps == atStep) child.Kill();
        }));
        return child;
    }

    private static FakeChild Living(int? maxQueued = null) => FakeChild.Serving(new HistoryServices(maxQueued: maxQueued));

    private static Task<RemoteEngine> StartAsync(FakeLauncher launcher, int replicas = 1, LlmEngineOptions? options = null, SupervisionOptions? supervision = null, ILogger? logger = null) =>
        RemoteEngine.StartAsync(
            new RemoteEngineOptions { Engine = options ?? Options, Replicas = replicas, Supervision = supervision ?? Quick },
            launcher, TimeProvider.System, logger ?? NullLogger.Instance, CancellationToken.None, new Random(1));

    private static GenerationRequest Request(int seed, int maxTokens) => new()
    {
        PromptTokens = [.. Enumerable.Range(0, 1 + (seed % 30)).Select(i => 3 + ((seed * 31) + (i * 7)) % 900)],
        MaxTokens = maxTokens,
        Sampling = new SamplingParameters { Temperature = 0 },
        ClientId = $"client {seed % 3}",
    };

    private static int[] Answer(GenerationRequest request) => HistoryModel.Answer(request.PromptTokens, request.MaxTokens);

    private static async Task<int[]> CollectAsync(ILlmEngine engine, GenerationRequest request, CancellationToken cancellationToken = default)
    {
        var tokens = new List<int>();
        await foreach (var token in engine.GenerateAsync(request, cancellationToken)) tokens.Add(token.Id);
        return [.. tokens];
    }
}

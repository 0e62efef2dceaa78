using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Contracts;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Execution;

public sealed class LlmEngineTests
{
    private static readonly LlmEngineOptions Options = new() { CheckpointPath = "none", ModelName = "history" };
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task GenerateAsync_ManyAtOnceWithScarceBlocks_EveryAnswerIsItsOwn()
    {
        // 24 blocks of 4 tokens for 40 requests of up to 60: chunks, prefix hits and preemptions all happen.
        var model = new HistoryModel(24, 4, 96);
        await using var engine = Engine(model, 24, Options with { MaxBatchedTokens = 24, MaxSequences = 8 });
        var violations = new List<string>();
        engine.Loop.StepCompleted = scheduler => violations.AddRange(scheduler.Violations());
        var random = new Random(1);
        var requests = Enumerable.Range(0, 40).Select(i => Request([.. Prefix(i % 3, 8), .. Tokens(random.Next(1, 30), i)], random.Next(1, 30), $"client {i % 3}")).ToList();

        int[][] answers = await Task.WhenAll(requests.Select(r => Collect(engine, r)));

        for (int i = 0; i < requests.Count; i++)
            Assert.Equal(HistoryModel.Answer(requests[i].PromptTokens, requests[i].MaxTokens), answers[i]);

        await AssertAtRest(engine);
        Assert.Empty(violations);
    }

    [Fact]
    public async Task GetStatus_AfterRequests_HoldsTheirTimesAndSizes()
    {
        await using var engine = Engine(new HistoryModel(24, 4, 96), 24, Options);
        await Collect(engine, Request(Tokens(9, 1), 5));
        await Collect(engine, Request(Tokens(9, 1), 5));

        var status = engine.GetStatus();
        HistogramCounts Of(EngineMeasure measure) => status.Histograms[(int)measure];
        Assert.All(new[] { EngineMeasure.QueueTime, EngineMeasure.PrefillTime, EngineMeasure.DecodeTime, EngineMeasure.InferenceTime }, measure => Assert.Equal(2, Of(measure).Counts.Sum()));
        Assert.Equal(Of(EngineMeasure.InferenceTime).Sum, Of(EngineMeasure.PrefillTime).Sum + Of(EngineMeasure.DecodeTime).Sum, 1e-5);
        Assert.Equal((18, 10), (Of(EngineMeasure.PromptTokens).Sum, Of(EngineMeasure.GenerationTokens).Sum));
        // The second finds the first's two full blocks: 9 + 4 tokens and 1 + 4.
        Assert.Equal((18L, 8L, 18.0), (status.PrefixQueryTokens, status.PrefixHitTokens, Of(EngineMeasure.StepTokens).Sum));
        Assert.Equal((24, 4), (status.KvCacheBlocks, status.KvCacheBlockSize));
        Assert.Equivalent(status with { Histograms = [], LastProgress = default }, engine.GetLoad() with { LastProgress = default });
    }

    [Fact]
    public async Task GenerateAsync_CachedTokensAsked_ComeWithTheFirstTokenAlone()
    {
        await using var engine = Engine(new HistoryModel(24, 4, 96), 24, Options);
        var asking = Request(Tokens(9, 1), 3) with { TellsCachedTokens = true };
        async Task<int?[]> Told(GenerationRequest request) => [.. (await Generate(engine, request).ToListAsync()).Select(token => token.CachedTokens)];

        Assert.Equal([0, null, null], await Told(asking));
        // Two full blocks of 4 of the prompt's 9.
        Assert.Equal([8, null, null], await Told(asking));
        Assert.Equal([null, null, null], await Told(asking with { TellsCachedTokens = false }));
        Assert.Equal([0, null, null], await Told(asking with { ClientId = "another" }));
        // Of 8 cached tokens 3 are of the answer that is resumed.
        Assert.Equal([5, null], await Told(asking with { PromptTokens = Tokens(9, 1)[..5], PriorTokens = Tokens(9, 1)[5..], MaxTokens = 6 }));
    }

    [Fact]
    public async Task GenerateAsync_Preempted_AnswersAsIfItHadNotBeen()
    {
        using var gate = new ManualResetEventSlim();
        var model = new HistoryModel(8, 4, 32) { BeforeStep = gate.Wait };
        await using var engine = Engine(model, 8, Options with { MaxBatchedTokens = 40, MaxSequences = 4, PrefixCaching = false });
        long preemptions = 0;
        engine.Loop.StepCompleted = scheduler => preemptions = scheduler.Preemptions;
        var requests = Enumerable.Range(0, 4).Select(i => Request(Tokens(6, i), 20)).ToList();

        // All are inside before the first step ends, so that they compete.
        var reading = requests.Select(r => Collect(engine, r)).ToList();
        gate.Set();
        int[][] answers = await Task.WhenAll(reading);

        Assert.Equal(requests.Select(r => HistoryModel.Answer(r.PromptTokens, 20)), answers);
        Assert.True(preemptions > 0);
    }

    [Fact]
    public async Task GenerateAsync_ReadersThatComeAndGo_LeaveNothingAndHarmNobody()
    {
        var model = new HistoryModel(24, 4, 96) { FailsOn = 2 };
        await using var engine = Engine(model, 24, Options with { MaxBatchedTokens = 24, MaxSequences = 6 });
        var violations = new List<string>();
        engine.Loop.StepCompleted = scheduler => violations.AddRange(scheduler.Violations());
        var random = new Random(4);
        var plans = Enumerable.Range(0, 60).Select(i => (Prompt: Tokens(random.Next(1, 40), i), Reads: random.Next(0, 3) > 0 ? 20 : random.Next(1, 19), Breaks: random.Next(8) == 0));

        await Task.WhenAll(plans.ToList().Select(async plan =>
        {
            var request = Request(plan.Breaks ? [.. plan.Prompt, 2] : plan.Prompt, 20, $"client {plan.Reads % 4}");
            var read = new List<int>();
            try
            {
                await foreach (var token in Generate(engine, request).Take(plan.Reads))
                    read.Add(token.Id);
            }
            catch (EngineFailedException)
            {
                Assert.True(plan.Breaks);
                return;
            }
            Assert.Equal(HistoryModel.Answer(plan.Prompt, plan.Reads), read);
        }));

        await AssertAtRest(engine);
        Assert.Empty(violations);
    }

    [Fact]
    public async Task GenerateAsync_SamePromptAgain_ComputesOnlyWhatIsNew()
    {
        var model = new HistoryModel(64, 4, 96);
        await using var engine = Engine(model, 64);
        var request = Request(Tokens(41, 5), 1);
        await Collect(engine, request);
        long first = model.Tokens;

        int[] again = await Collect(engine, request);
        long second = model.Tokens - first;
        await Collect(engine, request with { ClientId = "another" });

        Assert.Equal(HistoryModel.Answer(request.PromptTokens, 1), again);
        Assert.Equal(41, first);
        Assert.Equal(1, second);
        Assert.Equal(41, model.Tokens - first - second);
    }

    [Fact]
    public async Task GenerateAsync_EosAndStopTokens_EndWithStop()
    {
        int[] prompt = Tokens(5, 1);
        int[] answer = HistoryModel.Answer(prompt, 10);
        await using var engine = Engine(new HistoryModel(64, 4, 96), 64, eos: [answer[4]]);

        var tokens = await Generate(engine, Request(prompt, 10)).ToListAsync();
        var stopped = await Generate(engine, Request(prompt, 10) with { StopTokens = [answer[2]] }).ToListAsync();
        var cut = await Generate(engine, Request(prompt, 2)).ToListAsync();

        Assert.Equal(answer[..5], tokens.Select(t => t.Id));
        Assert.Equal([null, null, null, null, FinishReason.Stop], tokens.Select(t => t.Finish));
        Assert.Equal(new GeneratedToken(answer[2], FinishReason.Stop), stopped[^1]);
        Assert.Equal([null, FinishReason.Length], cut.Select(t => t.Finish));
    }

    [Fact]
    public async Task GenerateAsync_AbandonedByItsReader_FreesItsBlocks()
    {
        await using var engine = Engine(new HistoryModel(64, 4, 200), 64);

        await foreach (var _ in Generate(engine, Request(Tokens(5, 1), 150)))
            break;

        await WaitUntil(() => engine.GetStatus() is { Running: 0, Waiting: 0, KvCacheUsage: 0 });
    }

    [Fact]
    public async Task GenerateAsync_CancelledWhileWaiting_NeverRuns()
    {
        using var gate = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        var model = new HistoryModel(64, 4, 96);
        model.BeforeStep = () =>
        {
            entered.Set();
            gate.Wait();
        };
        await using var engine = Engine(model, 64, Options with { MaxSequences = 1, MaxBatchedTokens = 8 });
        var first = Collect(engine, Request(Tokens(5, 1), 3));
        Assert.True(entered.Wait(Generous));
        using var cancellation = new CancellationTokenSource();
        var second = Collect(engine, Request(Tokens(7, 2), 3), cancellation.Token);
        await WaitUntil(() => engine.GetStatus().Waiting == 1);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        gate.Set();

        Assert.Equal(3, (await first).Length);
        await WaitUntil(() => engine.GetStatus() is { Running: 0, Waiting: 0, KvCacheUsage: 0 });
        Assert.Equal(7, model.Tokens);
    }

    [Fact]
    public async Task GenerateAsync_QueueFull_IsRefusedAndTheOthersFinish()
    {
        using var gate = new ManualResetEventSlim();
        var model = new HistoryModel(64, 4, 96) { BeforeStep = gate.Wait };
        await using var engine = Engine(model, 64, Options with { MaxSequences = 1, MaxBatchedTokens = 16, MaxQueuedRequests = 2, MaxQueuedTokens = 20, MaxClientQueueShare = 1 });
        var running = Collect(engine, Request(Tokens(5, 1), 3));
        await WaitUntil(() => engine.GetStatus() is { Running: 1, Waiting: 0 });
        var waiting = Collect(engine, Request(Tokens(11, 2), 3));

        var tooManyTokens = await Assert.ThrowsAsync<EngineOverloadedException>(() => Collect(engine, Request(Tokens(10, 3), 3)));
        var fits = Collect(engine, Request(Tokens(9, 3), 3));
        var tooMany = await Assert.ThrowsAsync<EngineOverloadedException>(() => Collect(engine, Request(Tokens(1, 4), 3)));
        gate.Set();

        Assert.InRange(tooManyTokens.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.InRange(tooMany.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.All(await Task.WhenAll(running, waiting, fits), answer => Assert.Equal(3, answer.Length));
        await AssertAtRest(engine);
    }

    [Fact]
    public async Task GenerateAsync_DeadlineComes_EndsRunningAndWaitingWithinAStep()
    {
        var time = new ManualTime();
        var model = new HistoryModel(64, 4, 200);
        await using var engine = Engine(model, 64, Options with { MaxSequences = 2, MaxBatchedTokens = 32 }, time: time);
        // The time comes in the third step: the step's tokens are the last.
        model.BeforeStep = () =>
        {
            if (model.Steps == 2)
                time.Advance(TimeSpan.FromSeconds(10));
        };
        var (soon, late) = (time.GetSteadyNow() + TimeSpan.FromSeconds(10), time.GetSteadyNow() + TimeSpan.FromSeconds(11));
        var read = new List<int>();
        var running = Read(Request(Tokens(5, 1), 150) with { Deadline = soon });
        var other = Collect(engine, Request(Tokens(5, 2), 150) with { Deadline = late });
        var waiting = Collect(engine, Request(Tokens(5, 3), 150) with { Deadline = soon });

        await Assert.ThrowsAsync<DeadlineExceededException>(() => running);
        await Assert.ThrowsAsync<DeadlineExceededException>(() => waiting);
        Assert.Equal(150, (await other).Length);

        Assert.InRange(read.Count, 1, 3);
        await AssertAtRest(engine);
        await Assert.ThrowsAsync<DeadlineExceededException>(() => Collect(engine, Request([7], 5) with { Deadline = soon }));
        Assert.True(engine.GetStatus().IsReady);

        async Task Read(GenerationRequest request)
        {
            await foreach (var token in Generate(engine, request))
                read.Add(token.Id);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GenerateAsync_RequestThatBreaksTheModel_FailsAloneAndLeavesNothing(bool throws)
    {
        var model = new HistoryModel(64, 4, 96);
        (model.FailsOn, model.NanOn) = throws ? ((int?)2, (int?)null) : (null, 2);
        await using var engine = Engine(model, 64);
        var good = Enumerable.Range(0, 5).Select(i => Request(Tokens(9, i), 30)).ToList();
        var answers = good.Select(r => Collect(engine, r)).ToList();

        var failures = Enumerable.Range(0, 3).Select(i => Assert.ThrowsAsync<EngineFailedException>(() => Collect(engine, Request([.. Tokens(9, i), 2], 5))));

        await Task.WhenAll(failures);
        for (int i = 0; i < good.Count; i++)
            Assert.Equal(HistoryModel.Answer(good[i].PromptTokens, 30), await answers[i]);

        await AssertAtRest(engine);
        Assert.Equal(HistoryModel.Answer([7], 4), await Collect(engine, Request([7], 4)));
        Assert.True(engine.GetStatus().IsReady);
    }

    [Theory]
    [InlineData(false, "which is not its own")]
    [InlineData(true, "owners")]
    public async Task Run_StateThatIsWrong_EndsTheEngineAndSaysWhatIsWrong(bool isRead, string reason)
    {
        using var gate = new ManualResetEventSlim();
        using var logs = new RecordedLogs();
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(logs));
        var model = new HistoryModel(64, 4, 96) { BeforeStep = gate.Wait };
        await using var engine = new LlmEngine(model, Options, 64, [], TimeProvider.System, factory.CreateLogger<LlmEngine>());
        // One sequence gets a block of the other's: one that the next step writes, or one that it reads, which only the look at everything
        // finds, as after a step that failed.
        engine.Loop.StepCompleted = scheduler =>
        {
            if (scheduler.Running.Count < 2)
                return;

            Index place = isRead ? 0 : ^1;
            scheduler.Running[0].Table[place] = scheduler.Running[1].Table[place];
            model.FailsOn = isRead ? scheduler.Running[0].Tokens[^1] : null;
        };
        var answers = Enumerable.Range(0, 2).Select(i => Record.ExceptionAsync(() => Collect(engine, Request(Tokens(9, i), 60)))).ToList();
        gate.Set();

        Assert.All(await Task.WhenAll(answers), failure => Assert.IsType<EngineFailedException>(failure));
        Assert.False(engine.GetStatus().IsReady);
        await Assert.ThrowsAsync<EngineFailedException>(() => Collect(engine, Request([7], 1)));
        Assert.Contains(logs.Lines, line => line.StartsWith("204 ", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task GetStatus_EveryStepFails_IsNotReady()
    {
        await using var engine = Engine(new HistoryModel(64, 4, 96) { FailsOn = 5 }, 64);

        for (int i = 0; i < 3; i++)
            await Assert.ThrowsAsync<EngineFailedException>(() => Collect(engine, Request([5], 1)));

        await WaitUntil(() => !engine.GetStatus().IsReady);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task GenerateAsync_WallClockSet_EndsWhenItsTimeHasPassedAndNotBefore(int days)
    {
        var time = new ManualTime();
        var model = new HistoryModel(64, 4, 200);
        await using var engine = Engine(model, 64, time: time);
        bool passes = false;
        model.BeforeStep = () =>
        {
            if (model.Steps == 2)
                time.Set(TimeSpan.FromDays(days));
            if (Volatile.Read(ref passes))
                time.Advance(TimeSpan.FromSeconds(10));
        };
        var deadline = time.GetSteadyNow() + TimeSpan.FromSeconds(10);
        Assert.Equal(40, (await Collect(engine, Request(Tokens(5, 1), 40) with { Deadline = deadline })).Length);

        Volatile.Write(ref passes, true);
        await Assert.ThrowsAsync<DeadlineExceededException>(() => Collect(engine, Request(Tokens(5, 2), 150) with { Deadline = deadline }));
    }

    [Fact]
    public async Task GetStatus_StepThatDoesNotEnd_ShowsNoProgress()
    {
        using var gate = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        var time = new ManualTime();
        var model = new HistoryModel(64, 4, 96);
        model.BeforeStep = () =>
        {
            entered.Set();
            gate.Wait();
        };
        await using var engine = Engine(model, 64, time: time);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(time.GetSteadyNow(), engine.GetStatus().LastProgress);

        var began = time.GetSteadyNow();
        var answer = Collect(engine, Request([7], 1));
        Assert.True(entered.Wait(Generous));
        time.Advance(TimeSpan.FromSeconds(90));

        Assert.Equal(began, engine.GetStatus().LastProgress);
        gate.Set();
        await answer;
        await WaitUntil(() => engine.GetStatus().LastProgress == time.GetSteadyNow());
    }

    [Fact]
    public async Task GenerateAsync_ReaderThatDoesNotRead_HoldsNobodyUp()
    {
        await using var engine = Engine(new HistoryModel(64, 4, 96), 64);
        await using var slow = Generate(engine, Request([3], 60)).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync());

        int[] other = await Collect(engine, Request([7], 60));

        Assert.Equal(60, other.Length);
        List<int> tokens = [slow.Current.Id];
        while (await slow.MoveNextAsync())
            tokens.Add(slow.Current.Id);

        Assert.Equal(HistoryModel.Answer([3], 60), tokens);
    }

    [Fact]
    public async Task StopAsync_WithTime_FinishesWhatIsInside()
    {
        var model = new HistoryModel(64, 4, 96);
        var engine = Engine(model, 64);
        await using var answer = Generate(engine, Request([7], 50)).GetAsyncEnumerator();
        Assert.True(await answer.MoveNextAsync());

        await engine.StopAsync(Generous);

        int rest = 0;
        while (await answer.MoveNextAsync())
            rest++;

        Assert.Equal(49, rest);
        Assert.True(model.IsDisposed);
        await Assert.ThrowsAsync<EngineFailedException>(() => Collect(engine, Request([7], 5)));
        Assert.False(engine.GetStatus().IsReady);
    }

    [Fact]
    public async Task DisposeAsync_WithWorkInside_FailsItAndEnds()
    {
        using var gate = new ManualResetEventSlim();
        var engine = Engine(new HistoryModel(64, 4, 96) { BeforeStep = gate.Wait }, 64);
        var answer = Collect(engine, Request([7], 50));
        await WaitUntil(() => engine.GetStatus().Running == 1);

        var stopping = engine.DisposeAsync();
        gate.Set();
        await stopping;

        await Assert.ThrowsAsync<EngineFailedException>(() => answer);
    }

    [Fact]
    public async Task GenerateAsync_RequestOutOfRange_NamesTheField()
    {
        await using var engine = Engine(new HistoryModel(8, 4, 96), 8, eos: [999]);

        Assert.Equal(32, engine.ContextLength);
        Assert.Equal("PromptTokens", Refused(Request([], 1)));
        Assert.Equal("PromptTokens", Refused(Request(Tokens(32, 1), 1)));
        Assert.Equal("PromptTokens", Refused(Request([1000], 1)));
        Assert.Equal("PromptTokens", Refused(Request([-1], 1)));
        Assert.Equal("MaxTokens", Refused(Request([1], 0)));
        Assert.Equal("MaxTokens", Refused(Request([1], 32)));
        Assert.Equal("MinTokens", Refused(Request([1], 4) with { MinTokens = -1 }));
        Assert.Equal("MinTokens", Refused(Request([1], 4) with { MinTokens = 5 }));
        Assert.Equal("Priority", Refused(Request([1], 4) with { Priority = -101 }));
        Assert.Equal("Priority", Refused(Request([1], 4) with { Priority = 101 }));
        Assert.Equal("PriorTokens", Refused(Request([1], 4) with { PriorTokens = [5, 6, 7, 8] }));
        Assert.Equal("PriorTokens", Refused(Request([1], 4) with { PriorTokens = [1000] }));
        Assert.Equal("PriorTokens", Refused(Request([1], 4) with { PriorTokens = [999, 5] }));
        Assert.Equal("PriorTokens", Refused(Request([1], 4) with { PriorTokens = [5], StopTokens = [5] }));

        string? Refused(GenerationRequest request) =>
            Assert.Throws<ArgumentException>(() => engine.GenerateAsync(request, default)).ParamName;
    }

    [Fact]
    public async Task GenerateAsync_WithTokensSoFar_YieldsTheRestOnly()
    {
        await using var engine = Engine(new HistoryModel(64, 4, 96), 64);
        var request = Request(Tokens(9, 1), 20);
        int[] whole = await Collect(engine, request);

        var rest = await Generate(engine, request with { PriorTokens = whole[..13] }).ToListAsync();

        Assert.Equal(whole[13..], rest.Select(t => t.Id));
        Assert.Equal(FinishReason.Length, rest[^1].Finish);
    }

    [Fact]
    public async Task Run_WithNothingToDo_RunsNoStep()
    {
        var model = new HistoryModel(64, 4, 96);
        await using var engine = Engine(model, 64);

        await Collect(engine, Request([7], 5));

        Assert.Equal(5, model.Steps);
        Assert.Equal((1, 5), (engine.GetStatus().PromptTokens, engine.GetStatus().GeneratedTokens));
    }

    private static LlmEngine Engine(HistoryModel model, int blocks, LlmEngineOptions? options = null, int[]? eos = null, TimeProvider? time = null) =>
        new(model, options ?? Options, blocks, eos ?? [], time ?? TimeProvider.System, NullLogger<LlmEngine>.Instance);

    private static GenerationRequest Request(int[] prompt, int maxTokens, string client = "me") => new()
    {
        PromptTokens = prompt,
        MaxTokens = maxTokens,
        ClientId = client,
        Sampling = new SamplingParameters { Temperature = 0 },
    };

    private static IAsyncEnumerable<GeneratedToken> Generate(LlmEngine engine, GenerationRequest request, CancellationToken cancellationToken = default) =>
        engine.GenerateAsync(request, cancellationToken);

    private static async Task<int[]> Collect(LlmEngine engine, GenerationRequest request, CancellationToken cancellationToken = default) =>
        [.. (await Generate(engine, request, cancellationToken).ToListAsync(CancellationToken.None)).Select(t => t.Id)];

    private static Task AssertAtRest(LlmEngine engine) => WaitUntil(() => engine.GetStatus() is { Running: 0, Waiting: 0, KvCacheUsage: 0 });

    private static int[] Prefix(int kind, int count) => Tokens(count, 1000 + kind);

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, 1000))];
    }

    private static async Task WaitUntil(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Generous, "The condition did not come about.");
            await Task.Delay(1);
        }
    }

    private sealed class ManualTime : TimeProvider
    {
        private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private long _ticks, _set;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override DateTimeOffset GetUtcNow() => Start.AddTicks(GetTimestamp() + Interlocked.Read(ref _set));

        /// <summary>Sets the wall clock forward or back; no time passes.</summary>
        public void Set(TimeSpan by) => Interlocked.Add(ref _set, by.Ticks);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }
}

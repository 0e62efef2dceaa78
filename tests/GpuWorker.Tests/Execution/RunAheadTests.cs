using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>Steps that are begun before the tokens of the one before are known: the same answers, whatever ends, comes, goes or fails meanwhile.</summary>
public sealed class RunAheadTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task GenerateAsync_GreedyRequests_BeginsNearlyEveryStepAhead()
    {
        var inner = new HistoryModel(64, 4, 96);
        var model = new ChainedModel(inner);
        await using var engine = Engine(model, 64);

        Assert.Equal(HistoryModel.Answer([5, 6, 7], 40), await AnswerAsync(engine, Request([5, 6, 7], 40)));
        Assert.InRange(model.Ahead, 38, 40);
        // The last step is not begun in vain: where an answer ends by its length is known.
        Assert.Equal(40, inner.Steps);
    }

    /// <summary>A stop token is seen when the step behind it has begun: that one's row is nobody's.</summary>
    [Fact]
    public async Task GenerateAsync_StopToken_EndsTheAnswerAndLeavesNothing()
    {
        int[] whole = HistoryModel.Answer([5, 6, 7], 20);
        int stop = whole[11], at = Array.IndexOf(whole, stop);
        var model = new ChainedModel(new HistoryModel(64, 4, 96));
        await using var engine = Engine(model, 64);

        Assert.Equal(whole[..(at + 1)], await AnswerAsync(engine, Request([5, 6, 7], 20) with { StopTokens = [stop] }));
        Assert.Equal(HistoryModel.Answer([8, 9], 9), await AnswerAsync(engine, Request([8, 9], 9)));
        Assert.True(SpinWait.SpinUntil(() => engine.GetStatus() is { Running: 0, Waiting: 0, KvCacheUsage: 0 }, Generous));
    }

    /// <summary>
    /// 24 blocks of 4 tokens for requests of up to 60, that come while others run, stop, are sampled, are given up: chunks, prefix hits, preemptions, steps of mixed rows and, now and then, steps that fail all happen. Nobody's answer
    /// has a token of another's, and every block and count is right after every step.
    /// </summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 0)]
    [InlineData(4, 7)]
    [InlineData(5, 3)]
    [InlineData(12, 5)]
    public async Task GenerateAsync_ManyThatComeAndGo_EveryAnswerIsItsOwn(int seed, int failuresEvery)
    {
        var random = new Random(seed);
        var failures = new Random(seed);
        Action fail = () =>
        {
            if (failuresEvery > 0 && failures.Next(failuresEvery) == 0)
                throw new InvalidOperationException("The device failed.");
        };
        var requests = Enumerable.Range(0, 120).Select(i =>
        {
            int[] prompt = [.. Enumerable.Range(3 + (i % 3), 8), .. Enumerable.Range(20 + i, random.Next(1, 20))];
            int most = random.Next(1, 30);
            int[] answer = HistoryModel.Answer(prompt, most);
            return Request(prompt, most) with
            {
                StopTokens = random.Next(3) == 0 ? [answer[random.Next(most)]] : [],
                Sampling = new SamplingParameters { Temperature = random.Next(6) == 0 ? 0.01f : 0, TopK = 1, Logprobs = random.Next(8) == 0 ? 1 : null },
            };
        }).ToList();
        var model = new ChainedModel(new HistoryModel(24, 4, 96)) { HasTies = true, FailsLate = true, BeforeAhead = fail, BeforeEnd = fail, AfterMeanwhile = fail };
        await using var engine = Engine(model, 24);
        var violations = new List<string>();
        engine.Loop.StepCompleted = scheduler => violations.AddRange(scheduler.Violations());
        using var slots = new SemaphoreSlim(14);

        var answers = await Task.WhenAll(requests.Select(async (request, i) =>
        {
            await slots.WaitAsync();
            try
            {
                return await AnswerAsync(engine, request, abandonAfter: i % 7 == 3 ? 2 : int.MaxValue);
            }
            finally
            {
                slots.Release();
            }
        }));

        for (int i = 0; i < requests.Count; i++)
        {
            int[] expected = HistoryModel.Answer(requests[i].PromptTokens, requests[i].MaxTokens);
            int stop = requests[i].StopTokens is [var token] ? Array.IndexOf(expected, token) + 1 : expected.Length;
            Assert.Equal(expected[..(i % 7 == 3 ? Math.Min(2, stop) : stop)], answers[i]);
        }
        Assert.Empty(violations);
        Assert.Equal(0, model.Astray);
        Assert.True(model.Ahead > 20, $"{model.Ahead} steps were begun ahead");
        Assert.True(SpinWait.SpinUntil(() => engine.GetStatus() is { Running: 0, Waiting: 0, KvCacheUsage: 0 }, Generous));
    }

    /// <summary>Whoever comes in while a step is begun ahead runs in the one after that, also where one step is all that it wants, so that no step behind that is foreseen of it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task GenerateAsync_RequestThatComesMeanwhile_WaitsOneStepMore(int maxTokens)
    {
        using var running = new ManualResetEventSlim();
        using var submitted = new ManualResetEventSlim();
        int steps = 0, at = 0;
        var model = new ChainedModel(new HistoryModel(64, 4, 96)
        {
            BeforeTokens = tokens =>
            {
                at = ++steps > 10 && at == 0 && tokens.Contains(2) ? steps : at;
                if (steps == 10)
                {
                    running.Set();
                    submitted.Wait(Generous);
                }
            },
        });
        await using var engine = Engine(model, 64);
        var first = AnswerAsync(engine, Request([5, 6, 7], 60));
        running.Wait(Generous);

        var second = AnswerAsync(engine, Request([2, 2, 2], maxTokens));
        submitted.Set();

        Assert.Equal(HistoryModel.Answer([2, 2, 2], maxTokens), await second);
        Assert.Equal(HistoryModel.Answer([5, 6, 7], 60), await first);
        Assert.Equal(11, at);
    }

    /// <summary>Its row cannot be read any more when the next step has begun: it runs again, alone in that, and then fails by itself.</summary>
    [Fact]
    public async Task GenerateAsync_RowThatHoldsNaN_FailsItsRequestAlone()
    {
        int[] sound = [5, 6, 7], poisoned = [8, 9, 10];
        int bad = HistoryModel.Answer(poisoned, 12)[9];
        Assert.DoesNotContain(bad, HistoryModel.Answer(sound, 40));
        var model = new ChainedModel(new HistoryModel(64, 4, 96) { NanOn = bad });
        await using var engine = Engine(model, 64);

        var neighbour = AnswerAsync(engine, Request(sound, 40));
        List<int> tokens = [];
        await Assert.ThrowsAsync<EngineFailedException>(async () =>
        {
            await foreach (var token in engine.GenerateAsync(Request(poisoned, 30), default))
                tokens.Add(token.Id);
        });

        Assert.Equal(HistoryModel.Answer(poisoned, 10), tokens);
        Assert.Equal(HistoryModel.Answer(sound, 40), await neighbour);
        Assert.Equal(1, model.Reads);
    }

    /// <summary>
    /// Of steps that fail before they were begun the ones that run are kept; of others nothing is, nor of what was begun beside them and fed by them. All of it runs again, and a row that the host has
    /// to read is not read where a step that failed may have written.
    /// </summary>
    [Theory]
    [InlineData("before a step is begun", 5)]
    [InlineData("while a step is begun", 5)]
    [InlineData("before a step ends", 5)]
    [InlineData("while a step ends", 5)]
    [InlineData("while a step ends", 2)]
    [InlineData("before and while steps end", 3)]
    public async Task GenerateAsync_StepsThatFail_RunAgain(string when, int every)
    {
        int calls = 0;
        Action fail = () =>
        {
            if (++calls % every == 0)
                throw new InvalidOperationException("The device failed.");
        };
        bool isEnd = when.EndsWith("end", StringComparison.Ordinal) || when.EndsWith("ends", StringComparison.Ordinal);
        var model = new ChainedModel(new HistoryModel(64, 4, 96))
        {
            HasTies = true,
            FailsLate = when.StartsWith("while a step is begun", StringComparison.Ordinal),
            BeforeAhead = isEnd ? null : fail,
            BeforeEnd = isEnd && when.StartsWith("before", StringComparison.Ordinal) ? fail : null,
            AfterMeanwhile = isEnd && when.Contains("while", StringComparison.Ordinal) ? fail : null,
        };
        await using var engine = Engine(model, 64);
        var requests = Enumerable.Range(0, 6).Select(i => Request([5 + i, 6, 7], 30)).ToList();

        var answers = await Task.WhenAll(requests.Select(request => AnswerAsync(engine, request)));

        for (int i = 0; i < requests.Count; i++)
            Assert.Equal(HistoryModel.Answer(requests[i].PromptTokens, 30), answers[i]);

        Assert.True(calls > 5);
        Assert.Equal(0, model.Astray);
    }

    private static LlmEngine Engine(IStepModel model, int blocks) => new(
        model,
        new LlmEngineOptions { CheckpointPath = "none", ModelName = "history", MaxBatchedTokens = 24, MaxSequences = 8 },
        blocks,
        [],
        TimeProvider.System,
        NullLogger<LlmEngine>.Instance);

    private static async Task<int[]> AnswerAsync(LlmEngine engine, GenerationRequest request, int abandonAfter = int.MaxValue)
    {
        List<int> tokens = [];
        try
        {
            await foreach (var token in engine.GenerateAsync(request, default))
            {
                tokens.Add(token.Id);
                if (tokens.Count == abandonAfter)
                    break;
            }
        }
        catch (EngineFailedException)
        {
            // What came before counts.
        }
        return [.. tokens];
    }

    private static GenerationRequest Request(int[] prompt, int maxTokens) => new()
    {
        PromptTokens = prompt,
        MaxTokens = maxTokens,
        ClientId = "me",
        Sampling = new SamplingParameters { Temperature = 0 },
    };
}

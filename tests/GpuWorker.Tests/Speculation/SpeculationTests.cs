using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;
using Serverless.GpuWorker.Tests.Execution;

namespace Serverless.GpuWorker.Tests.Speculation;

/// <summary>The engine with drafts over a model whose every token follows from all that its cache holds: a slot that a rejected draft left behind would show.</summary>
public sealed class SpeculationTests
{
    private const int Period = 5;

    [Fact]
    public async Task GenerateAsync_ManyAtOnceWithScarceBlocks_EveryAnswerIsItsOwn()
    {
        await using var engine = Engine(Model(24), 24, maxSequences: 8);
        List<string> violations = [];
        long preemptions = 0;
        engine.Loop.StepCompleted = scheduler =>
        {
            violations.AddRange(scheduler.Violations());
            preemptions = scheduler.Preemptions;
        };
        var random = new Random(1);
        var requests = Enumerable.Range(0, 60).Select(i => Request([.. Tokens(8, 1000 + (i % 3)), .. Tokens(random.Next(1, 30), i)], random.Next(1, 40)) with { ClientId = $"client {i % 3}" }).ToList();

        int[][] answers = await Task.WhenAll(requests.Select(request => CollectAsync(engine, request)));

        Assert.Equal(requests.Select(Answer), answers);
        Assert.Empty(violations);
        Assert.True(preemptions > 0);
        var drafts = engine.GetStatus().Drafts;
        Assert.True(drafts.AcceptedTokens > 100 && drafts.Tokens > drafts.AcceptedTokens + 20 && drafts.Drafts > 50, drafts.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(76)]
    public async Task GenerateAsync_AnswerToItsLongestOrTheContextsEnd_HasSoManyTokens(int maxTokens)
    {
        // Of the context's 96 tokens the longest leaves none.
        await using var engine = Engine(Model(64), 64);
        var request = Request(Tokens(20, 3), maxTokens);

        var tokens = await engine.GenerateAsync(request, default).ToListAsync();

        Assert.Equal(Answer(request), tokens.Select(token => token.Id));
        Assert.All(tokens[..^1], token => Assert.Null(token.Finish));
        Assert.Equal(FinishReason.Length, tokens[^1].Finish);
    }

    [Fact]
    public async Task GenerateAsync_StopTokenThatWouldBeDrafted_EndsThereAndNothingComesAfter()
    {
        var whole = Request(Tokens(20, 5), 60);
        int[] answer = Answer(whole);
        int stop = answer.GroupBy(token => token).OrderByDescending(group => group.Count()).First().Key;
        await using var engine = Engine(Model(64), 64);

        var tokens = await engine.GenerateAsync(whole with { StopTokens = [stop] }, default).ToListAsync();
        var late = await engine.GenerateAsync(whole with { StopTokens = [stop], MinTokens = 60 }, default).ToListAsync();

        Assert.Equal(answer[..(Array.IndexOf(answer, stop) + 1)], tokens.Select(token => token.Id));
        Assert.Equal(FinishReason.Stop, tokens[^1].Finish);
        Assert.Equal(60, late.Count);
        Assert.DoesNotContain(late, token => token.Id == stop);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task GenerateAsync_OneBlockLeftInThePool_AnswersAsWithoutDrafts(int blocks)
    {
        await using var engine = Engine(Model(blocks), blocks, maxSequences: 2);
        GenerationRequest[] requests = [Request([7, 8, 7, 8, 7], 7), Request([9, 9, 9, 9], 8)];

        int[][] answers = await Task.WhenAll(requests.Select(request => CollectAsync(engine, request)));

        Assert.Equal(requests.Select(Answer), answers);
        Assert.True(engine.GetStatus().Drafts.Tokens > 0);
    }

    [Fact]
    public async Task GenerateAsync_ClientThatGoesAwayAmongDrafts_LeavesNothingBehindAndHarmsNobody()
    {
        await using var engine = Engine(Model(40), 40, maxSequences: 6);
        List<string> violations = [];
        engine.Loop.StepCompleted = scheduler => violations.AddRange(scheduler.Violations());
        var requests = Enumerable.Range(0, 30).Select(i => Request(Tokens(10, i), 40)).ToList();

        int[][] read = await Task.WhenAll(requests.Select(async (request, i) => i % 2 == 0
            ? await CollectAsync(engine, request)
            : [.. (await engine.GenerateAsync(request, default).Take(1 + (i % 13)).ToListAsync()).Select(token => token.Id)]));

        for (int i = 0; i < requests.Count; i++)
            Assert.Equal(i % 2 == 0 ? Answer(requests[i]) : Answer(requests[i])[..(1 + (i % 13))], read[i]);

        Assert.Equal(Answer(requests[1]), await CollectAsync(engine, requests[1]));
        Assert.Empty(violations);
        Assert.Equal(0, engine.GetStatus().KvCacheUsage);
    }

    [Fact]
    public async Task GenerateAsync_StepsThatFailWithDrafts_RunWithout()
    {
        int failed = 0;
        var model = Model(64);
        model.BeforeTokens = tokens =>
        {
            if (tokens.Length is 1 or 20)
                return;

            failed++;
            throw new InvalidOperationException("A step with drafts fails.");
        };
        await using var engine = Engine(model, 64);
        var request = Request(Tokens(20, 5), 50);

        Assert.Equal(Answer(request), await CollectAsync(engine, request));
        Assert.True(failed > 0);
        Assert.Equal(default, engine.GetStatus().Drafts);
    }

    [Fact]
    public async Task GenerateAsync_LogitsThatAreNoUseAfterADraft_FailsAfterTheTokensBefore()
    {
        var request = Request(Tokens(20, 5), 50);
        int[] answer = Answer(request);
        var model = Model(64);
        // The logits after a step's first draft are none.
        model.BeforeTokens = tokens => model.NanOn = tokens.Length is 1 or 20 ? null : tokens[1];
        await using var engine = Engine(model, 64);
        List<int> read = [];

        await Assert.ThrowsAsync<EngineFailedException>(async () =>
        {
            await foreach (var token in engine.GenerateAsync(request, default))
                read.Add(token.Id);
        });

        Assert.Equal(answer[..read.Count], read);
        Assert.Equal(model.NanOn, read[^1]);
        Assert.Equal(0, engine.GetStatus().KvCacheUsage);
    }

    [Fact]
    public async Task GenerateAsync_Quotation_TakesFewerSteps()
    {
        HistoryModel plain = Model(64), drafting = Model(64);
        var request = Request(Tokens(20, 5), 60);
        await using (var engine = Engine(plain, 64, costs: null))
            await CollectAsync(engine, request);

        await using (var engine = Engine(drafting, 64))
            await CollectAsync(engine, request);

        Assert.Equal(60, plain.Steps);
        Assert.InRange(drafting.Steps, 8, 40);
    }

    [Fact]
    public async Task GenerateAsync_RowsThatCostAsMuchAsSteps_DraftsNothing()
    {
        await using var engine = Engine(Model(64), 64, costs: Costs.Line(1));

        await CollectAsync(engine, Request(Tokens(20, 5), 60));

        Assert.Equal(default, engine.GetStatus().Drafts);
    }

    private static HistoryModel Model(int blocks) => new(blocks, 4, 96) { Period = Period };

    private static LlmEngine Engine(HistoryModel model, int blocks, int maxSequences = 4) => Engine(model, blocks, Costs.Flat, maxSequences);

    private static LlmEngine Engine(HistoryModel model, int blocks, StepCosts? costs, int maxSequences = 4) => new(
        model,
        new LlmEngineOptions { CheckpointPath = "none", ModelName = "history", MaxBatchedTokens = 24, MaxSequences = maxSequences, MaxDraftTokens = 9 },
        blocks,
        [],
        TimeProvider.System,
        NullLogger<LlmEngine>.Instance,
        costs);

    private static int[] Answer(GenerationRequest request) => HistoryModel.Answer(request.PromptTokens, request.MaxTokens, period: Period);

    private static GenerationRequest Request(int[] prompt, int maxTokens) => new() { PromptTokens = prompt, MaxTokens = maxTokens, Sampling = new SamplingParameters { Temperature = 0 } };

    private static async Task<int[]> CollectAsync(LlmEngine engine, GenerationRequest request) => [.. (await engine.GenerateAsync(request, default).ToListAsync()).Select(token => token.Id)];

    private static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, 1000))];
    }
}

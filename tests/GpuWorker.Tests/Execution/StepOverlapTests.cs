using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>What the step loop does while a step runs, on a model that computes before it calls: as a device would that is done before the loop's thread is.</summary>
public sealed class StepOverlapTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Run_StepOnTheDevice_ReadersHaveWhatTheLastOneYielded()
    {
        const int Answer = 20;
        int received = 0;
        var late = new List<int>();
        var model = new OverlappedModel(new HistoryModel(64, 4, 96));
        model.Running = step =>
        {
            // This step's token is not sampled before it ends; those of the steps before it are out, or it would wait in vain.
            if (!SpinWait.SpinUntil(() => Volatile.Read(ref received) == step, Generous))
                late.Add(step);
        };
        await using var engine = Engine(model, 64);

        List<int> answer = [];
        await foreach (var token in engine.GenerateAsync(Request([5, 6, 7], Answer), default))
        {
            answer.Add(token.Id);
            Interlocked.Increment(ref received);
        }

        Assert.Equal(HistoryModel.Answer([5, 6, 7], Answer), answer);
        Assert.Empty(late);
        Assert.Equal(Answer, model.Steps);
    }

    [Fact]
    public async Task Run_StepsThatFailWhenTheNextIsPlanned_EveryAnswerIsItsOwn()
    {
        // 24 blocks of 4 tokens for 40 requests of up to 60: chunks, prefix hits and preemptions all happen.
        using var submitted = new ManualResetEventSlim();
        var model = new OverlappedModel(new HistoryModel(24, 4, 96));
        model.Running = step =>
        {
            submitted.Wait();
            if (step % 3 == 1)
                throw new InvalidOperationException("The device failed.");
        };
        await using var engine = Engine(model, 24);
        var violations = new List<string>();
        engine.Loop.StepCompleted = scheduler => violations.AddRange(scheduler.Violations());
        var random = new Random(1);
        // A failed step is run again in parts, unless it has one part, which is then at fault: so may a few be, who stay last.
        var requests = Enumerable.Range(0, 40).Select(i => Request([.. Enumerable.Range(3 + (i % 3), 8), .. Enumerable.Range(20 + i, random.Next(1, 20))], random.Next(1, 30))).ToList();

        var answering = requests.Select(async request =>
        {
            List<int> tokens = [];
            try
            {
                await foreach (var token in engine.GenerateAsync(request, default))
                    tokens.Add(token.Id);
            }
            catch (EngineFailedException)
            {
                return (Tokens: tokens, IsWhole: false);
            }
            return (Tokens: tokens, IsWhole: true);
        }).ToList();
        submitted.Set();
        var answers = await Task.WhenAll(answering);

        for (int i = 0; i < requests.Count; i++)
        {
            int[] expected = HistoryModel.Answer(requests[i].PromptTokens, requests[i].MaxTokens);
            Assert.Equal(answers[i].IsWhole ? expected : expected[..answers[i].Tokens.Count], answers[i].Tokens);
        }
        Assert.Empty(violations);
        Assert.InRange(answers.Count(answer => answer.IsWhole), 30, 40);
        Assert.True(SpinWait.SpinUntil(() => engine.GetStatus() is { Running: 0, Waiting: 0, KvCacheUsage: 0 }, Generous));
    }

    private static LlmEngine Engine(IStepModel model, int blocks) => new(
        model,
        new LlmEngineOptions { CheckpointPath = "none", ModelName = "history", MaxBatchedTokens = 24, MaxSequences = 8 },
        blocks,
        [],
        TimeProvider.System,
        NullLogger<LlmEngine>.Instance);

    private static GenerationRequest Request(int[] prompt, int maxTokens) => new()
    {
        PromptTokens = prompt,
        MaxTokens = maxTokens,
        ClientId = "me",
        Sampling = new SamplingParameters { Temperature = 0 },
    };

    private sealed class OverlappedModel(HistoryModel inner) : IStepModel
    {
        public int VocabularySize => inner.VocabularySize;

        public int ContextLength => inner.ContextLength;

        public int BlockSize => inner.BlockSize;

        public int TableWidth => inner.TableWidth;

        /// <summary>Whole steps that were begun.</summary>
        public int Steps { get; private set; }

        /// <summary>Called with the number of the step when the loop has done all that it does meanwhile.</summary>
        public Action<int>? Running { get; set; }

        public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null)
        {
            if (meanwhile is null)
                return inner.Run(step);

            int[] ids = step.InputIds.ToArray(), table = step.BlockTable.ToArray();
            var logits = inner.Run(step);
            meanwhile();
            Assert.Equal(ids, step.InputIds);
            Assert.Equal(table, step.BlockTable);
            Running?.Invoke(Steps++);
            return logits;
        }

        public void Dispose() => inner.Dispose();
    }
}

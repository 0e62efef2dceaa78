using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Execution;

public sealed class StepAllocationTests
{
    /// <summary>
    /// Plan, pack, sample, commit and publish, on the loop's thread, with sequences waiting that cannot be admitted yet. Streams, tables and
    /// token lists grow by doubling, so most steps allocate nothing, and all together little.
    /// </summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(0.8f)]
    public async Task Step_SteadyState_AllocatesNothing(float temperature)
    {
        const int Batch = 8, Tokens = 400;
        var model = new AllocationModel();
        var options = new LlmEngineOptions { CheckpointPath = "none", ModelName = "even", MaxSequences = Batch, MaxBatchedTokens = 64 };
        await using (var engine = new LlmEngine(model, options, 1000, [], TimeProvider.System, NullLogger<LlmEngine>.Instance))
        {
            var sampling = new SamplingParameters { Temperature = temperature };
            // On the thread pool, as in service: xunit's synchronization context allocates on whatever thread wakes a reader.
            await Task.Run(async () =>
            {
                var readers = Enumerable.Range(0, 2 * Batch).Select(i => engine.GenerateAsync(
                    new GenerationRequest { PromptTokens = [1, 2, 3], MaxTokens = Tokens, Sampling = sampling, ClientId = $"client {i % 3}", Deadline = TimeSpan.MaxValue },
                    default).CountAsync().AsTask()).ToList();
                // Each is in the mailbox by now. Were they to come one by one, each would grow its lists in steps of its own.
                model.Start();
                Assert.All(await Task.WhenAll(readers), count => Assert.Equal(Tokens, count));
            });
        }

        long[] steps = [.. model.Allocated.Skip(1).Zip(model.Allocated, (after, before) => after - before).Skip(20).Take(Tokens - 30)];
        Assert.Equal(0, steps.Order().ElementAt(steps.Length * 9 / 10));
        // Bytes a token: ids, the chains in which drafts are looked up, and tables, each copied when it doubles.
        Assert.InRange(steps.Sum() / (double)(steps.Length * Batch), 0, 128);
    }

    /// <summary>Answers any step with the same logits, once started, and notes what its thread has allocated so far.</summary>
    private sealed class AllocationModel : IStepModel
    {
        private readonly float[] _logits = [.. Enumerable.Range(0, 8 * 64).Select(i => (i % 7) / 7f)];
        private readonly ManualResetEventSlim _started = new();

        public List<long> Allocated { get; } = new(10_000);

        public int VocabularySize => 64;

        public int ContextLength => 512;

        public int BlockSize => 8;

        public int TableWidth => 64;

        /// <summary>Lets the first step run.</summary>
        public void Start() => _started.Set();

        public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null)
        {
            meanwhile?.Invoke();
            _started.Wait();
            Allocated.Add(GC.GetAllocatedBytesForCurrentThread());
            return _logits.AsSpan(0, step.SampledRows.Length * VocabularySize);
        }

        public void Dispose() => _started.Dispose();
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Contracts;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>Alone in the process while it runs: it looks at the process's memory.</summary>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
[Collection(nameof(SoakTests))]
public sealed class SoakTests
{
    private const int Requests = 10_000, AtOnce = 200, Kinds = 120;

    /// <summary>
    /// Ten thousand requests of a hundred kinds on a real graph: several clients, priorities, common beginnings, tokens so far, readers that
    /// go away, deadlines that pass, and a cache so small that sequences are preempted all the time. Every answer is, as far as it goes, the
    /// one that its kind gets alone.
    /// </summary>
    [Fact]
    public async Task GenerateAsync_TenThousandMixedRequests_AreCorrectAndLeaveNothing()
    {
        using var model = new RandomLlama(RandomLlama.Tiny() with { EosTokens = [3] }, seed: 77);
        GenerationRequest[] kinds = [.. Enumerable.Range(0, Kinds).Select(Kind)];
        var alone = new int[Kinds][];
        await using (var quiet = Load(model, TimeProvider.System, maxSequences: 1, blocks: 24))
        {
            for (int kind = 0; kind < Kinds; kind++)
                alone[kind] = [.. (await quiet.GenerateAsync(kinds[kind], default).ToListAsync()).Select(token => token.Id)];
        }

        var time = new ManualTimeProvider();
        await using var engine = Load(model, time, maxSequences: 16, blocks: 48);
        List<string> violations = [];
        Scheduler? scheduler = null;
        long steps = 0;
        engine.Loop.StepCompleted = inside =>
        {
            scheduler = inside;
            time.Advance(TimeSpan.FromMilliseconds(1));
            if (++steps % 64 == 0)
                violations.AddRange(inside.Violations());
        };
        var outcomes = new ConcurrentDictionary<string, int>();

        await RunAsync(0, Requests / 4);
        var (heap, resident) = Memory();
        await RunAsync(Requests / 4, Requests);
        var (heapAfter, residentAfter) = Memory();

        // Those who left are let go of in the step after.
        for (var waited = Stopwatch.StartNew(); engine.GetStatus() is not { Running: 0, Waiting: 0, KvCacheUsage: 0 }; await Task.Delay(1))
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(1), "The engine does not come to rest.");

        Assert.Empty(violations);
        Assert.Equal((0, 0, 0.0), (scheduler!.Running.Count, scheduler.WaitingCount, scheduler.KvCacheUsage));
        Assert.Empty(scheduler.Violations());
        Assert.True(engine.GetStatus().IsReady);
        Assert.True(heapAfter - heap < 2 << 20, $"The managed heap grew by {heapAfter - heap} bytes.");
        Assert.True(residentAfter - resident < 64 << 20, $"The process grew by {residentAfter - resident} bytes.");
        Assert.Equal(Requests, outcomes.Values.Sum());
        Assert.All((string[])["whole", "left", "late"], outcome => Assert.True(outcomes.GetValueOrDefault(outcome) > Requests / 50, outcome));
        Assert.True(
            scheduler.Preemptions > 300 && scheduler.PrefixHitTokens > 10_000,
            $"{scheduler.Preemptions} preemptions and {scheduler.PrefixHitTokens} tokens hit are too few.");

        Task RunAsync(int from, int to) => Parallel.ForEachAsync(
            Enumerable.Range(from, to - from),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (number, _) =>
            {
                string outcome = await OneAsync(new Random(number));
                outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
            });

        async Task<string> OneAsync(Random random)
        {
            int kind = random.Next(Kinds), prior = random.Next(5) == 0 ? random.Next(alone[kind].Length) : 0;
            int reads = random.Next(6) == 0 ? random.Next(0, 6) : int.MaxValue;
            var request = kinds[kind] with
            {
                PriorTokens = alone[kind][..prior],
                Priority = random.Next(-100, 101),
                ClientId = $"client {random.Next(8)}",
                Deadline = random.Next(6) == 0 ? time.GetSteadyNow() + TimeSpan.FromMilliseconds(random.Next(1, 60)) : null,
            };
            using var leaving = new CancellationTokenSource();
            List<int> read = [];
            string outcome = "whole";
            try
            {
                var stream = engine.GenerateAsync(request, leaving.Token).GetAsyncEnumerator(default);
                await using (stream)
                {
                    // Some cancel while they wait, some stop reading.
                    var next = stream.MoveNextAsync();
                    if (reads == 0)
                        await leaving.CancelAsync();

                    for (; await next; next = stream.MoveNextAsync())
                    {
                        read.Add(stream.Current.Id);
                        if (read.Count < reads)
                            continue;

                        outcome = "left";
                        break;
                    }
                }
            }
            catch (DeadlineExceededException)
            {
                outcome = "late";
            }
            catch (OperationCanceledException)
            {
                outcome = "left";
            }
            int[] expected = alone[kind][prior..];
            Assert.Equal(outcome == "whole" ? expected : expected[..read.Count], read);
            return outcome;
        }
    }

    private static (long Heap, long Resident) Memory()
    {
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return (GC.GetTotalMemory(forceFullCollection: true), Process.GetCurrentProcess().WorkingSet64);
    }

    private static LlmEngine Load(RandomLlama model, TimeProvider time, int maxSequences, int blocks) => LlmEngine.Load(
        new LlmEngineOptions
        {
            CheckpointPath = model.Folder,
            ModelName = "random",
            KvCacheBlocks = blocks,
            BlockSize = 4,
            MaxSequences = maxSequences,
            MaxBatchedTokens = 48,
            MaxQueuedRequests = 1000,
            Threads = 1,
        },
        time,
        NullLoggerFactory.Instance);

    private static GenerationRequest Kind(int number)
    {
        var random = new Random(number);
        return new GenerationRequest
        {
            PromptTokens = [1, .. Enumerable.Repeat(10 + (number % 5), 8), .. Enumerable.Range(0, random.Next(1, 24)).Select(_ => random.Next(4, 101))],
            MaxTokens = random.Next(1, 20),
            Sampling = new SamplingParameters
            {
                Temperature = number % 3 == 0 ? 0 : 1,
                Seed = (ulong)number,
                TopP = number % 2 == 0 ? 0.9f : 1,
                PresencePenalty = number % 4 == 0 ? 0.5f : 0,
            },
        };
    }
}

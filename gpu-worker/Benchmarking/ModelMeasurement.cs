using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>Measures decoding, a prompt and the whole engine on a model of any device, and reports them.</summary>
internal static class ModelMeasurement
{
    /// <param name="load">Of the machine before the model was made.</param>
    public static async Task<BenchReport> RunAsync(BenchOptions options, BenchPlan plan, BenchSubject subject, string load, TextWriter progress)
    {
        using var session = subject.Session;
        var benchmark = new SessionBenchmark(session);
        if (plan.Pairs.Count < options.Contexts.Count * options.Batches.Count)
            progress.WriteLine("pairs of batch and context whose cache is too large are left out");

        List<DecodeResult> decode = [];
        foreach (var (batch, context) in plan.Pairs)
        {
            progress.WriteLine($"decode, batch {batch}, context {context}");
            List<double> bandwidths = [];
            // In turns with the steps: on a shared machine bandwidth doubles and halves within seconds.
            var steps = benchmark.Decode(batch, context, () => bandwidths.Add(subject.ReadBandwidth()));
            decode.Add(new DecodeResult(batch, context, batch * context * plan.TokenBytes, steps, bandwidths));
        }
        progress.WriteLine($"prefill, {options.Prefill} tokens");
        double prefill = benchmark.Prefill(options.Prefill);
        int engineBatch = Math.Min(plan.MaxSequences, subject.MostEngineBatch);
        progress.WriteLine($"engine, batch {engineBatch}");
        var (period, inModel) = await RunEngineAsync(session, plan, engineBatch);
        return new BenchReport
        {
            Time = TimeProvider.System.GetUtcNow(),
            Shape = options.Shape,
            Format = options.FormatName,
            KvCacheFormat = subject.KvCacheFormat,
            KvCacheRange = subject.KvCacheRange,
            Threads = subject.Threads,
            Ranks = options.Ranks,
            SpinMicroseconds = subject.SpinMicroseconds,
            Processor = subject.Processor,
            Kernel = subject.Kernel,
            Bandwidth = subject.Bandwidth,
            Load = load,
            StepBytes = subject.StepBytes,
            Decode = decode,
            PrefillTokens = options.Prefill,
            PrefillSeconds = prefill,
            EngineBatch = engineBatch,
            EnginePeriod = period,
            EngineOverhead = (period - inModel) / period,
            PeakMemory = Machine.PeakMemory,
        };
    }

    /// <summary>Serves <paramref name="batch"/> requests at once.</summary>
    private static async Task<(double Period, double Model)> RunEngineAsync(IStepModel session, BenchPlan plan, int batch)
    {
        var steps = new TimedSteps(session);
        var options = new LlmEngineOptions
        {
            CheckpointPath = "",
            ModelName = "random",
            MaxSequences = batch,
            MaxBatchedTokens = Math.Max(plan.MaxTokens, batch + 1),
        };
        await using (var engine = new LlmEngine(steps, options, plan.Blocks, eosTokens: [], TimeProvider.System, NullLogger<LlmEngine>.Instance))
        {
            await Task.WhenAll(Enumerable.Range(0, batch).Select(async index =>
            {
                var random = new Random(index);
                int[] prompt = [.. Enumerable.Range(0, BenchPlan.EnginePrompt).Select(_ => random.Next(session.VocabularySize))];
                var request = new GenerationRequest { PromptTokens = prompt, MaxTokens = BenchPlan.EngineTokens, Sampling = new() { Temperature = 0 } };
                await foreach (var _ in engine.GenerateAsync(request, CancellationToken.None))
                {
                    // Read as they come.
                }
            }));
        }
        var (_, inside, period) = steps.Decoding(batch);
        return (period, inside);
    }
}

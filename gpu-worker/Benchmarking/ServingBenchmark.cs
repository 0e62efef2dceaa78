using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>Serves a model of random weights with the whole engine: under load, with common beginnings, and to tell the engine's own time.</summary>
internal sealed class ServingBenchmark : IDisposable
{
    public const int MaxBatchedTokens = 512;

    private const int BlockSize = 32;
    private const int CommonTokens = 1500, OwnTokens = 32, AnswerTokens = 16;
    private const int LongPrompts = 4;
    private const int OverheadPrompt = 8, OverheadTokens = 96, WarmUpSteps = 40;
    private static readonly int[] InFlight = [1, 4, 16, 64];

    private readonly BenchOptions _options;
    private readonly LlamaSession _session;
    private readonly int _maxSequences, _blocks;
    private readonly TextWriter _progress;

    private ServingBenchmark(BenchOptions options, TextWriter progress)
    {
        _options = options;
        _progress = progress;
        _maxSequences = options.Batches.Max();
        int context = CommonTokens + OwnTokens + AnswerTokens + BlockSize;
        _blocks = _maxSequences * (context / BlockSize);
        progress.WriteLine($"making {options.Shape} {options.FormatName}");
        var config = ModelShape.Find(options.Shape, context)!;
        using var source = RandomWeights.For(config, seed: 1);
        _session = new LlamaSession(
            new LlamaSessionOptions
            {
                Blocks = _blocks,
                BlockSize = BlockSize,
                MaxTokens = MaxBatchedTokens,
                MaxSequences = _maxSequences,
                Threads = options.Threads,
                SpinMicroseconds = options.SpinMicroseconds,
            },
            config,
            LlamaWeights.Load(source, config, options.Format));
    }

    public static async Task<ServingReport> RunAsync(BenchOptions options, TextWriter progress)
    {
        string load = Machine.Load;
        using var benchmark = new ServingBenchmark(options, progress);
        return new ServingReport
        {
            Time = TimeProvider.System.GetUtcNow(),
            Shape = options.Shape,
            Format = options.FormatName,
            Threads = options.Threads,
            SpinMicroseconds = options.SpinMicroseconds,
            Processor = Machine.Processor,
            MachineLoad = load,
            MaxSequences = benchmark._maxSequences,
            MaxBatchedTokens = MaxBatchedTokens,
            Overhead = options.Measures(BenchWorkload.Overhead) ? await benchmark.OverheadAsync() : [],
            Load = options.Measures(BenchWorkload.Load) ? await benchmark.LoadAsync() : [],
            LongPrompts = options.Measures(BenchWorkload.LongPrompts) ? await benchmark.LongPromptsAsync() : null,
            SharedPrefix = options.Measures(BenchWorkload.SharedPrefix) ? await benchmark.SharedPrefixAsync() : null,
        };
    }

    public void Dispose() => _session.Dispose();

    private async Task<IReadOnlyList<LoadResult>> LoadAsync()
    {
        List<LoadResult> results = [];
        foreach (int inFlight in InFlight)
        {
            foreach (int promptTokens in _options.PromptTokensBesideDecodes)
            {
                _progress.WriteLine($"load, {inFlight} in flight, {promptTokens} tokens of prompts beside decodes");
                await using var engine = Serve(new TimedSteps(_session), promptTokens: promptTokens);
                results.Add(await new LoadWorkload(engine, _session.VocabularySize, _maxSequences).RunAsync(inFlight, promptTokens));
            }
        }
        return results;
    }

    private async Task<LongPromptResult> LongPromptsAsync()
    {
        _progress.WriteLine("short prompts beside long ones");
        await using var engine = Serve(new TimedSteps(_session));
        return await new LongPromptWorkload(engine, _session.VocabularySize).RunAsync(LongPrompts);
    }

    private async Task<SharedPrefixResult> SharedPrefixAsync()
    {
        // Interleaved would be fairer to a noisy machine, but the shared run is the shorter by far.
        double shared = await CommonBeginningAsync(prefixCaching: true), unshared = await CommonBeginningAsync(prefixCaching: false);
        return new SharedPrefixResult(_options.Requests, CommonTokens, OwnTokens, AnswerTokens, shared, unshared);
    }

    private async Task<double> CommonBeginningAsync(bool prefixCaching)
    {
        _progress.WriteLine($"{_options.Requests} requests with a common beginning, blocks {(prefixCaching ? "" : "not ")}shared");
        await using var engine = Serve(new TimedSteps(_session), prefixCaching);
        int[] common = Tokens(CommonTokens, seed: 1);
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, _options.Requests).Select(i => ReadAsync(engine, [.. common, .. Tokens(OwnTokens, seed: i + 2)], AnswerTokens, temperature: 0)));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task<IReadOnlyList<OverheadResult>> OverheadAsync()
    {
        List<OverheadResult> results = [];
        foreach (float temperature in (float[])[0, 0.8f])
        {
            foreach (int batch in _options.Batches)
            {
                _progress.WriteLine($"overhead, batch {batch}, temperature {temperature}");
                var steps = new TimedSteps(_session);
                await using (var engine = Serve(steps))
                    await Task.WhenAll(Enumerable.Range(0, batch).Select(i => ReadAsync(engine, Tokens(OverheadPrompt, seed: i), OverheadTokens, temperature)));

                var (between, inside, _) = steps.Decoding(batch, WarmUpSteps);
                results.Add(new OverheadResult(batch, temperature, between, inside));
            }
        }
        return results;
    }

    private LlmEngine Serve(TimedSteps steps, bool prefixCaching = true, int? promptTokens = null) => new(
        steps,
        new LlmEngineOptions
        {
            CheckpointPath = "",
            ModelName = "random",
            BlockSize = BlockSize,
            MaxSequences = _maxSequences,
            MaxBatchedTokens = MaxBatchedTokens,
            MaxPromptTokensBesideDecodes = promptTokens ?? _options.PromptTokensBesideDecodes[0],
            MaxQueuedTokens = 1_000_000,
            PrefixCaching = prefixCaching,
        },
        _blocks,
        eosTokens: [],
        TimeProvider.System,
        NullLogger<LlmEngine>.Instance);

    private int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(_session.VocabularySize))];
    }

    private static async Task ReadAsync(LlmEngine engine, int[] prompt, int tokens, float temperature)
    {
        var request = new GenerationRequest { PromptTokens = prompt, MaxTokens = tokens, Sampling = new() { Temperature = temperature, TopP = temperature > 0 ? 0.95f : 1 } };
        await foreach (var _ in engine.GenerateAsync(request, CancellationToken.None))
        {
            // Read as they come.
        }
    }
}

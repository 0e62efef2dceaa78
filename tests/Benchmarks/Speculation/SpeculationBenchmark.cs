using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;
using Serverless.GpuWorker.Tests.Demo;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.Benchmarks.Speculation;

/// <summary>
/// How much faster answers come with drafts than without: questions about the samples' documents to the demo model, whose answers quote, and the same questions and answers at the cost of a model of 1.1 billion
/// weights; beside them, at that cost, answers that quote nothing, which must not be slower. The two engines take turns, and what they answer is compared.
/// </summary>
internal sealed class SpeculationBenchmark(bool demo, bool large, int rounds)
{
    private const int Eos = 2, BlockSize = 32, MaxSequences = 16, LargeContext = 1024, LargeQuestions = 16, MaxTokens = 200;
    private static readonly int[] Batches = [1, 4, 16];

    /// <summary>Null where the arguments are none.</summary>
    public static SpeculationBenchmark? Read(string[] args)
    {
        string what = args.Length > 0 ? args[0] : "all";
        int rounds = 5;
        if (args.Length > 2 || what is not ("demo" or "1b" or "all") || (args.Length == 2 && !(int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out rounds) && rounds is >= 1 and <= 100)))
            return null;

        return new SpeculationBenchmark(what is "demo" or "all", what is "1b" or "all", rounds);
    }

    public async Task RunAsync()
    {
        Console.WriteLine($"{Machine.Processor}, {Environment.ProcessorCount} cores, load before {Machine.Load}. Medians of {rounds} rounds, on and off in turns; ratios are medians of the rounds' ratios.");
        string folder = Directory.CreateTempSubdirectory("speculation-").FullName;
        try
        {
            DemoLlama.Write(folder);
            var tokenizer = TokenizerFile.Load(folder);
            int[][] prompts = [.. DemoPrompts.Questions.Select(asked => Llama2Chat.EncodeCompletion(tokenizer, DemoPrompts.For(asked, 3)).ToArray())];
            var answers = await DemoAsync(folder, prompts);
            if (large)
                await LargeAsync(prompts, answers);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<int[][]> DemoAsync(string folder, int[][] prompts)
    {
        await using var plain = Load(speculation: false);
        await using var drafting = Load(speculation: true);
        // The first round warms both up, and has each client's prompts computed.
        var answers = await AnswerRun.OnAsync(plain, Requests(prompts, "cached"), MaxSequences);
        await AnswerRun.OnAsync(drafting, Requests(prompts, "cached"), MaxSequences);
        if (!demo)
            return answers.Answers;

        Console.WriteLine($"\nDemo model, float32: {prompts.Length} questions about the samples' documents, four passages each, {prompts.Average(prompt => prompt.Length):F0} tokens a prompt, {answers.Answers.Average(answer => answer.Length):F0} an answer.\n");
        SpeculationTable.Head();
        var table = new SpeculationTable(plain, drafting, rounds);
        foreach (int batch in Batches)
            await table.RowAsync("answers that quote, prompts in the cache", batch, _ => Requests(prompts, "cached"));

        foreach (int batch in Batches)
            await table.RowAsync("answers that quote, prompts computed", batch, round => Requests(prompts, $"round {batch} {round}"));

        return answers.Answers;

        LlmEngine Load(bool speculation) => LlmEngine.Load(
            new LlmEngineOptions
            {
                CheckpointPath = folder,
                ModelName = "demo",
                KvCacheBytes = 1L << 30,
                MaxSequences = MaxSequences,
                MaxQueuedTokens = 1_000_000,
                MaxClientQueueShare = 1,
                MaxClientCacheShare = 1,
                Speculation = speculation,
            },
            TimeProvider.System,
            NullLoggerFactory.Instance);
    }

    private async Task LargeAsync(int[][] prompts, int[][] answers)
    {
        var chosen = prompts.Zip(answers).Where(pair => pair.First.Length + pair.Second.Length < LargeContext && pair.Second[^1] == Eos).Take(LargeQuestions).ToList();
        var random = new Random(3);
        int[][] quoting = [.. chosen.Select((pair, i) => Numbered(pair.First, i))], rambling = [.. chosen.Select((pair, i) => Numbered(pair.First, chosen.Count + i))];
        List<(int Prompt, int[] Answer)> scripts =
        [
            .. chosen.Select(pair => (pair.First.Length, pair.Second)),
            // The context's words in no order: each is found, and what follows it there does not come.
            .. chosen.Select(pair => (pair.First.Length, (int[])[.. pair.Second.SkipLast(1).Select(_ => pair.First[random.Next(2, pair.First.Length)]).Select(token => token == Eos ? 9 : token), Eos])),
        ];
        var config = ModelShape.Find("1b", LargeContext)!;
        var (first, second) = (Session(config), Session(config));
        var costs = StepCostMeter.Measure(second, Blocks, MaxSequences + DraftPlanner.MaxRows, TimeProvider.System)!;
        Console.WriteLine($"\nTinyLlama's shape, int4, {1e3 * costs.Of(1):F1} ms a step of one row behind 255 tokens:\n");
        SpeculationTable.Costs(costs);
        Console.WriteLine($"\nThe same shape with the demo model's answers to {chosen.Count} of the questions, prompts in the cache:\n");
        await using var plain = Engine(new ScriptedModel(first, Blocks, scripts), null);
        await using var drafting = Engine(new ScriptedModel(second, Blocks, scripts), costs);
        foreach (int[][] some in (int[][][])[quoting, rambling])
        {
            await AnswerRun.OnAsync(plain, Requests(some, "cached"), MaxSequences);
            await AnswerRun.OnAsync(drafting, Requests(some, "cached"), MaxSequences);
        }
        SpeculationTable.Head();
        var table = new SpeculationTable(plain, drafting, rounds);
        foreach (int batch in Batches)
            await table.RowAsync("answers that quote", batch, _ => Requests(quoting, "cached"));

        foreach (int batch in Batches)
            await table.RowAsync("the context's words in no order", batch, _ => Requests(rambling, "cached"));
    }

    private static int Blocks => 2 * LargeQuestions * LargeContext / BlockSize;

    private static LlamaSession Session(LlamaConfig config)
    {
        using var source = RandomWeights.For(config, seed: 1);
        return new LlamaSession(
            new LlamaSessionOptions
            {
                Blocks = Blocks,
                BlockSize = BlockSize,
                MaxTokens = 512,
                MaxSequences = MaxSequences,
                MaxSampledRows = MaxSequences + DraftPlanner.MaxRows,
                KvCacheFormat = KvCacheFormat.Int8,
                Threads = Math.Min(Environment.ProcessorCount, 4),
            },
            config,
            LlamaWeights.Load(source, config, WeightFormat.Int4));
    }

    private static LlmEngine Engine(IStepModel model, StepCosts? costs) => new(
        model,
        new LlmEngineOptions { CheckpointPath = "", ModelName = "scripted", BlockSize = BlockSize, MaxSequences = MaxSequences, MaxQueuedTokens = 1_000_000, MaxClientQueueShare = 1, MaxClientCacheShare = 1 },
        Blocks,
        [Eos],
        TimeProvider.System,
        NullLogger<LlmEngine>.Instance,
        costs);

    private static int[] Numbered(int[] prompt, int number)
    {
        int[] numbered = [.. prompt];
        numbered[1] = number;
        return numbered;
    }

    private static List<GenerationRequest> Requests(int[][] prompts, string client) =>
    [
        .. prompts.Select(prompt => new GenerationRequest
        {
            PromptTokens = prompt,
            MaxTokens = MaxTokens,
            ClientId = client,
            Sampling = new SamplingParameters { Temperature = 0 },
        }),
    ];
}

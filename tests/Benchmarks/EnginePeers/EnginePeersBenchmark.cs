using System.Globalization;
using LLama.Native;
using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;

namespace Serverless.Benchmarks.EnginePeers;

/// <summary>
/// Our sessions beside llama.cpp's on the same machine, in turns: TinyLlama's shape with random weights, decoding behind 256 tokens and a prompt of 512. Each round gives either some seconds of each load; ratios are
/// medians of the rounds' ratios of medians.
/// </summary>
internal sealed class EnginePeersBenchmark(int rounds)
{
    private const int BlockSize = 32, Context = 256, Prompt = 512, MostBatch = 16;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(2.5);

    private static int Threads => Math.Min(Environment.ProcessorCount, 4);

    public void Run()
    {
        NativeLibraryConfig.All.WithLogCallback(static (_, _) => { });
        Console.WriteLine($"{Machine.Processor}, {Threads} threads, load before {Machine.Load}, TinyLlama's shape, random weights, {rounds} rounds in turns. Ours: {QuantizedProducts.Taken}; llama.cpp: LLamaSharp.Backend.Cpu.\n");
        Console.WriteLine("| weights | load | ours, ms | llama.cpp, ms | llama.cpp's time / ours |\n|---|---|---|---|---|");
        foreach (int bits in (int[])[4, 8])
            Measure(ModelShape.Find("1b", 1024)!, bits);
    }

    private void Measure(LlamaConfig config, int bits)
    {
        string path = Path.Combine(Path.GetTempPath(), $"engine-peers-{Environment.ProcessId}-{bits}.gguf");
        try
        {
            new GgufModel(config, bits).Write(path);
            using var session = Session(config, bits == 4 ? WeightFormat.Int4 : WeightFormat.Int8);
            using var peer = new LlamaCpp(path, MostBatch, Math.Max(Context + BlockSize, Prompt), Prompt, Threads);
            var ours = new SessionBenchmark(session);
            foreach (int batch in (int[])[1, 4, 16])
                Row(bits, $"decode, batch {batch}", () => ours.Decode(batch, Context), () => peer.Decode(batch, Context, Enough));

            Row(bits, $"prefill {Prompt}", () => [ours.Prefill(Prompt)], () => peer.Prefill(Prompt, Enough));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private void Row(int bits, string load, Func<IReadOnlyList<double>> ours, Func<IReadOnlyList<double>> peer)
    {
        List<double> mine = [], theirs = [];
        for (int round = 0; round < rounds; round++)
        {
            if (round % 2 == 0)
                mine.Add(Statistics.Median([.. ours()]));

            theirs.Add(Statistics.Median([.. peer()]));
            if (round % 2 == 1)
                mine.Add(Statistics.Median([.. ours()]));
        }
        double ratio = Statistics.Median([.. theirs.Zip(mine, (other, own) => other / own)]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| int{bits} | {load} | {1e3 * Statistics.Median([.. mine]):F1} | {1e3 * Statistics.Median([.. theirs]):F1} | {ratio:F2} |"));
    }

    private static LlamaSession Session(LlamaConfig config, WeightFormat format)
    {
        using var source = RandomWeights.For(config, seed: 1);
        var session = new LlamaSession(
            new LlamaSessionOptions
            {
                Blocks = MostBatch * ((Math.Max(Context, Prompt) / BlockSize) + 1),
                BlockSize = BlockSize,
                MaxTokens = Prompt,
                MaxSequences = MostBatch,
                Threads = Threads,
            },
            config,
            LlamaWeights.Load(source, config, format));
        session.FillCache(new Random(2));
        return session;
    }
}

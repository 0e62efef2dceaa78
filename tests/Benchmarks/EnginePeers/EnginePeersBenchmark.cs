using System.Globalization;
using LLama.Native;
using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Operators;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.Benchmarks.EnginePeers;

/// <summary>
/// Our sessions beside llama.cpp's on the same machine, in turns: TinyLlama's shape with random weights, decoding behind 256 and 2,048 tokens and a prompt of 512. Each round gives each some seconds of each load; ratios
/// are medians of the rounds' ratios of medians, and beside them fastest step to fastest step, which is what counts where the machine has other work.
/// </summary>
/// <param name="formats">Bits of the weights.</param>
/// <param name="withLlamaSharp">Whether the llama.cpp of LLamaSharp's package takes part, beside npm's.</param>
internal sealed class EnginePeersBenchmark(int rounds, int threads, int[] formats, bool withLlamaSharp)
{
    private const int BlockSize = 32, Context = 256, LongContext = 2048, Prompt = 512, MostBatch = 16, LongBatch = 4;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(2.5);

    /// <summary>Null where the arguments are not understood.</summary>
    public static EnginePeersBenchmark? Read(string[] arguments)
    {
        int[]? formats = arguments.ElementAtOrDefault(2) switch { null or "all" => [4, 8], "int4" => [4], "int8" => [8], _ => null };
        return formats is null || arguments.Length > 4 || arguments.ElementAtOrDefault(3) is not (null or "llamasharp")
            ? null
            : new EnginePeersBenchmark(Number(arguments, 0) ?? 5, Number(arguments, 1) ?? Math.Min(Environment.ProcessorCount, 4), formats, arguments.Length == 4);
    }

    public void Run()
    {
        NativeLibraryConfig.All.WithLogCallback(static (_, _) => { });
        var (folder, reason) = NpmLlamaCpp.Install();
        if (folder is null)
            Console.WriteLine($"Without {NpmLlamaCpp.Name}: {reason}.\n");

        Console.WriteLine($"{Machine.Processor}, {threads} threads, load before {Machine.Load}, TinyLlama's shape, random weights, {rounds} rounds in turns. Ours: {QuantizedProducts.Taken}.\n");
        foreach (int bits in formats)
            Measure(ModelShape.Find("1b", LongContext)!, bits, folder);

        Console.WriteLine($"\nLoad after: {Machine.Load}.");
    }

    private static int? Number(string[] arguments, int at) => at < arguments.Length ? int.Parse(arguments[at], CultureInfo.InvariantCulture) : null;

    private void Measure(LlamaConfig config, int bits, string? folder)
    {
        string path = Path.Combine(Path.GetTempPath(), $"engine-peers-{Environment.ProcessId}-{bits}.gguf");
        List<(string Name, IEnginePeer Peer)> peers = [];
        try
        {
            new GgufModel(config, bits).Write(path);
            using var session = Session(config, bits == 4 ? WeightFormat.Int4 : WeightFormat.Int8);
            if (folder is not null)
            {
                var npm = NpmLlamaCpp.Start(folder, path, threads);
                peers.Add((NpmLlamaCpp.Name, npm));
                Console.WriteLine($"{npm.SystemInformation}\n");
            }
            if (withLlamaSharp || folder is null)
                peers.Add(("LLamaSharp.Backend.Cpu", new LlamaCpp(path, MostBatch, Math.Max(Context + BlockSize, Prompt), Prompt, threads)));

            Console.WriteLine($"| weights | load | ours, ms |{string.Concat(peers.Select(peer => $" {peer.Name}, ms | its time / ours | fastest / fastest |"))}\n|---|---|---|{string.Concat(peers.Select(_ => "---|---|---|"))}");
            var ours = new SessionBenchmark(session);
            foreach (int batch in (int[])[1, 4, 16])
                Row(bits, $"decode, batch {batch}", peers, () => ours.Decode(batch, Context), peer => peer.Decode(batch, Context, Enough));

            Row(bits, $"prefill {Prompt}", peers, () => ours.Prefills(Prompt), peer => peer.Prefill(Prompt, Enough));
            var forLong = peers.Where(peer => peer.Peer is NpmLlamaCpp).ToList();
            foreach (int batch in forLong.Count > 0 ? (int[])[1, LongBatch] : [])
                Row(bits, $"decode, batch {batch}, context {LongContext}", forLong, () => ours.Decode(batch, LongContext), peer => peer.Decode(batch, LongContext, Enough));

            Console.WriteLine();
        }
        finally
        {
            foreach (var (_, peer) in peers)
                peer.Dispose();

            File.Delete(path);
        }
    }

    private void Row(int bits, string load, List<(string Name, IEnginePeer Peer)> peers, Func<IReadOnlyList<double>> ours, Func<IEnginePeer, IReadOnlyList<double>> theirs)
    {
        var loads = peers.Select(peer => (Func<IReadOnlyList<double>>)(() => theirs(peer.Peer))).Prepend(ours).ToArray();
        var medians = loads.Select(_ => new List<double>()).ToArray();
        double[] fastest = [.. loads.Select(_ => double.MaxValue)];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < loads.Length; i++)
            {
                int at = round % 2 == 0 ? i : loads.Length - 1 - i;
                var seconds = loads[at]();
                medians[at].Add(Statistics.Median([.. seconds]));
                fastest[at] = Math.Min(fastest[at], seconds.Min());
            }
        }
        string row = string.Create(CultureInfo.InvariantCulture, $"| int{bits} | {load} | {1e3 * Statistics.Median([.. medians[0]]):F1} |");
        for (int i = 1; i < loads.Length; i++)
        {
            double ratio = Statistics.Median([.. medians[i].Zip(medians[0], (other, own) => other / own)]);
            row += string.Create(CultureInfo.InvariantCulture, $" {1e3 * Statistics.Median([.. medians[i]]):F1} | {ratio:F2} | {fastest[i] / fastest[0]:F2} |");
        }
        Console.WriteLine(row);
    }

    private LlamaSession Session(LlamaConfig config, WeightFormat format)
    {
        using var source = RandomWeights.For(config, seed: 1);
        var session = new LlamaSession(
            new LlamaSessionOptions
            {
                Blocks = Math.Max(MostBatch * ((Math.Max(Context, Prompt) / BlockSize) + 1), LongBatch * ((LongContext / BlockSize) + 1)),
                BlockSize = BlockSize,
                MaxTokens = Prompt,
                MaxSequences = MostBatch,
                Threads = threads,
            },
            config,
            LlamaWeights.Load(source, config, format));
        session.FillCache(new Random(2));
        return session;
    }
}

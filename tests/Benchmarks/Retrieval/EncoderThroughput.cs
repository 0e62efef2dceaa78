using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Serverless.EndToEnd.Tests;
using Serverless.GpuWorker.Benchmarking;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.Benchmarks.Retrieval;

/// <summary>
/// Texts and tokens a second of each encoder, 1, 8 or 64 texts a call, medians of rounds in alternation with plain ONNX Runtime: the same model file as float32, default session options, which have as many
/// threads, tokens made beforehand, a batch padded to its longest text, nothing pooled. Ratios are medians of the rounds' ratios.
/// </summary>
internal static class EncoderThroughput
{
    private const int Texts = 64, PieceLength = 600;

    /// <summary>The packaged encoders in both formats, over pieces of the samples' documents.</summary>
    public static async Task RunAsync(int rounds)
    {
        Console.WriteLine($"{Machine.Processor}, {Environment.ProcessorCount} cores, load before {Machine.Load}, {rounds} rounds in turns.");
        var encoders = BertPackage.All.SelectMany(package => (BenchmarkedEncoder[])[BenchmarkedEncoder.Bert(package.ShortName), BenchmarkedEncoder.Bert(package.ShortName, WeightFormat.Int8)]).ToArray();
        await RunAsync(encoders, Pieces(), rounds);
        foreach (var encoder in encoders) encoder.Dispose();
    }

    public static async Task RunAsync(IReadOnlyList<BenchmarkedEncoder> encoders, IReadOnlyList<string> texts, int rounds = 7)
    {
        texts = [.. texts.Take(Texts)];
        Console.WriteLine("\n| encoder | texts a call | texts/s | tokens/s | plain ONNX Runtime, tokens/s | ratio |\n|---|---|---|---|---|---|");
        foreach (var encoder in encoders)
        {
            using var plain = Plain(encoder.Name);
            var ids = texts.Select(text => encoder.Tokenize(new EmbeddingInput("", text)).Ids).ToArray();
            foreach (var batch in (int[])[1, 8, Texts])
            {
                var (ours, theirs) = (new List<double>(), new List<double>());
                var tokens = 0;
                for (var round = -1; round < rounds; round++)
                {
                    var started = Stopwatch.GetTimestamp();
                    tokens = 0;
                    foreach (var part in texts.Chunk(batch)) tokens += (await encoder.DocumentsAsync(part)).Sum(vector => vector.Tokens);
                    var own = Stopwatch.GetElapsedTime(started).TotalSeconds;
                    started = Stopwatch.GetTimestamp();
                    if (plain is not null) foreach (var part in ids.Chunk(batch)) Run(plain, part);
                    if (round < 0) continue;
                    ours.Add(own);
                    theirs.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
                }

                var (mine, other) = (Median(ours), Median(theirs));
                var peer = plain is null ? "| |" : $"| {tokens / other:F0} | {Median([.. theirs.Zip(ours, (plainTime, time) => plainTime / time)]):F2} |";
                Console.WriteLine($"| {encoder.Name} | {Math.Min(batch, texts.Count)} | {texts.Count / mine:F1} | {tokens / mine:F0} {peer}");
            }
        }
    }

    /// <summary>Null for what has no ONNX file of its own.</summary>
    private static InferenceSession? Plain(string name) =>
        BertPackage.All.FirstOrDefault(package => name.StartsWith(package.Name, StringComparison.Ordinal)) is { } package ? new InferenceSession(package.OpenGraph().Bytes!) : null;

    private static IReadOnlyList<string> Pieces() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(LocalStack.RepositoryRoot, "samples"), "*.*", SearchOption.AllDirectories)
            .Where(path => path.Contains("documents", StringComparison.Ordinal) && Path.GetExtension(path) is ".md" or ".txt").Order(StringComparer.Ordinal)
            .SelectMany(path => File.ReadAllText(path).Chunk(PieceLength).Select(piece => new string(piece))),
    ];

    private static void Run(InferenceSession session, int[][] texts)
    {
        var length = texts.Max(text => text.Length);
        var (ids, mask) = (new long[texts.Length * length], new long[texts.Length * length]);
        for (var row = 0; row < texts.Length; row++)
            for (var i = 0; i < texts[row].Length; i++) (ids[(row * length) + i], mask[(row * length) + i]) = (texts[row][i], 1);

        long[] shape = [texts.Length, length];
        using var idValue = OrtValue.CreateTensorValueFromMemory(ids, shape);
        using var maskValue = OrtValue.CreateTensorValueFromMemory(mask, shape);
        using var typeValue = OrtValue.CreateTensorValueFromMemory(new long[ids.Length], shape);
        using var options = new RunOptions();
        using var results = session.Run(options, ["input_ids", "attention_mask", "token_type_ids"], [idValue, maskValue, typeValue], ["last_hidden_state"]);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}

using System.Diagnostics;
using System.Globalization;

namespace Serverless.Benchmarks.EnginePeers;

/// <summary>
/// The process that runs npm's llama.cpp: its libraries have names that those of LLamaSharp have as well. Each line of its input is a load ("decode {batch} {context} {flash} {seconds}" or
/// "prefill {tokens} {flash} {seconds}"), each of its output the seconds of the load's steps; the first says what the library was built for.
/// </summary>
internal sealed class NpmLlamaCppProcess(LlamaLibrary library, nint model, int threads)
{
    private readonly Random _random = new(1);

    public static void Run(string folder, string checkpoint, int threads)
    {
        var library = new LlamaLibrary(folder);
        nint model = library.LoadModel(checkpoint);
        Console.WriteLine(library.SystemInformation);
        var process = new NpmLlamaCppProcess(library, model, threads);
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            int[] sizes = [.. words[1..^1].Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
            var enough = TimeSpan.FromSeconds(double.Parse(words[^1], CultureInfo.InvariantCulture));
            var seconds = words[0] == "decode" ? process.Decode(sizes[0], sizes[1], sizes[2] == 1, enough) : process.Prefill(sizes[0], sizes[1] == 1, enough);
            Console.WriteLine(string.Join(' ', seconds.Select(second => second.ToString("R", CultureInfo.InvariantCulture))));
        }
        library.FreeModel(model);
    }

    private List<double> Decode(int batch, int context, bool flashAttention, TimeSpan enough)
    {
        nint handle = library.NewContext(model, batch, batch * Padded(context), Math.Max(context, batch), threads, flashAttention);
        try
        {
            for (int sequence = 0; sequence < batch; sequence++)
                Run(handle, sequence, 1, 0, context - 1);

            return Time(enough, () => Run(handle, 0, batch, context - 1, 1), () =>
            {
                for (int sequence = 0; sequence < batch; sequence++)
                    library.Remove(handle, sequence, context - 1);
            });
        }
        finally
        {
            library.FreeContext(handle);
        }
    }

    private List<double> Prefill(int tokens, bool flashAttention, TimeSpan enough)
    {
        nint handle = library.NewContext(model, 1, Padded(tokens), tokens, threads, flashAttention);
        try
        {
            return Time(enough, () => Run(handle, 0, 1, 0, tokens), () => library.Clear(handle));
        }
        finally
        {
            library.FreeContext(handle);
        }
    }

    /// <summary>A sequence's places are a multiple of 256.</summary>
    private static int Padded(int tokens) => (tokens + 255) / 256 * 256;

    private static List<double> Time(TimeSpan enough, Func<TimeSpan> run, Action undo)
    {
        List<double> samples = [];
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; samples.Count < 4 || Stopwatch.GetElapsedTime(began) < enough; i++)
        {
            double seconds = run().TotalSeconds;
            if (i > 0)
                samples.Add(seconds);

            undo();
        }
        return samples;
    }

    private unsafe TimeSpan Run(nint handle, int firstSequence, int sequences, int past, int count)
    {
        var batch = library.NewBatch(sequences * count);
        for (int sequence = firstSequence; sequence < firstSequence + sequences; sequence++)
        {
            for (int i = 0; i < count; i++, batch.Count++)
            {
                batch.Tokens[batch.Count] = _random.Next(300, 30_000);
                batch.Positions[batch.Count] = past + i;
                batch.SequenceCounts[batch.Count] = 1;
                batch.Sequences[batch.Count][0] = sequence;
                batch.Outputs[batch.Count] = i == count - 1 ? (byte)1 : (byte)0;
            }
        }
        long started = Stopwatch.GetTimestamp();
        library.Run(handle, batch);
        var took = Stopwatch.GetElapsedTime(started);
        library.FreeBatch(batch);
        return took;
    }
}

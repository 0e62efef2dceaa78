using System.Diagnostics;
using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>Times single steps of a session whose cache holds anything. Sequences have blocks of their own, as they do in service.</summary>
internal sealed class SessionBenchmark(IStepModel session)
{
    private const int LeastSamples = 4;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(2.5);

    /// <summary>Seconds of each of some steps in which each of <paramref name="batch"/> sequences of <paramref name="context"/> tokens gets its last one.</summary>
    /// <param name="between">Called before each step, outside its time.</param>
    public IReadOnlyList<double> Decode(int batch, int context, Action? between = null) => Time(batch, count: 1, past: context - 1, between);

    /// <summary>Seconds of a step that computes a prompt, median.</summary>
    public double Prefill(int tokens) => Statistics.Median([.. Prefills(tokens)]);

    /// <summary>Seconds of each of some steps that compute a prompt.</summary>
    public IReadOnlyList<double> Prefills(int tokens) => Time(batch: 1, tokens, past: 0, between: null);

    private List<double> Time(int batch, int count, int past, Action? between)
    {
        int blocks = (past + count + session.BlockSize - 1) / session.BlockSize, tokens = batch * count;
        var random = new Random(1);
        int[] ids = [.. Enumerable.Range(0, tokens).Select(_ => random.Next(session.VocabularySize))];
        int[] lengths = [.. Enumerable.Range(0, batch + 1).Select(i => i * count)];
        int[] pasts = [.. Enumerable.Repeat(past, batch)];
        var table = new int[batch * session.TableWidth];
        for (int i = 0; i < table.Length; i++)
            table[i] = i % session.TableWidth < blocks ? (i / session.TableWidth * blocks) + (i % session.TableWidth) : -1;

        int[] slots = [.. Enumerable.Range(0, tokens).Select(t => (t / count * blocks * session.BlockSize) + past + (t % count))];
        int[] sampled = [.. Enumerable.Range(1, batch).Select(i => (i * count) - 1)];
        // As the engine asks for them where requests are greedy.
        float[] inverseTemperatures = [.. Enumerable.Repeat(1f, session.Candidates > 0 ? batch : 0)];

        List<double> samples = [];
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; samples.Count < LeastSamples || Stopwatch.GetElapsedTime(began) < Enough; i++)
        {
            between?.Invoke();
            long started = Stopwatch.GetTimestamp();
            session.RunRows(new StepInputs
            {
                InputIds = ids,
                CumulativeLengths = lengths,
                PastLengths = pasts,
                BlockTable = table,
                SlotMapping = slots,
                SampledRows = sampled,
                InverseTemperatures = inverseTemperatures,
            });
            // The first step makes ONNX Runtime's buffers of this shape.
            if (i > 0)
                samples.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return samples;
    }
}

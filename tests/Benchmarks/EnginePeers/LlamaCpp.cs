using System.Diagnostics;
using LLama;
using LLama.Common;
using LLama.Native;

namespace Serverless.Benchmarks.EnginePeers;

/// <summary>llama.cpp, the library that LLamaSharp's package for processors brings, in this process, with flash attention left to itself.</summary>
internal sealed class LlamaCpp : IEnginePeer
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private readonly Random _random = new(1);

    public LlamaCpp(string path, int sequences, int tokensOfSequence, int prompt, int threads)
    {
        var parameters = new ModelParams(path)
        {
            ContextSize = (uint)(sequences * tokensOfSequence),
            SeqMax = (uint)sequences,
            BatchSize = (uint)prompt,
            UBatchSize = (uint)prompt,
            Threads = threads,
            BatchThreads = threads,
            GpuLayerCount = 0,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _context = _weights.CreateContext(parameters);
    }

    public IReadOnlyList<double> Decode(int batch, int context, TimeSpan enough)
    {
        var memory = _context.NativeHandle;
        memory.MemoryClear();
        for (int sequence = 0; sequence < batch; sequence++)
            Run(Batch(sequence, 1, 0, context - 1));

        return Time(enough, () => Batch(0, batch, context - 1, 1), () =>
        {
            for (int sequence = 0; sequence < batch; sequence++)
                memory.MemorySequenceRemove((LLamaSeqId)sequence, context - 1, -1);
        });
    }

    public IReadOnlyList<double> Prefill(int tokens, TimeSpan enough)
    {
        _context.NativeHandle.MemoryClear();
        return Time(enough, () => Batch(0, 1, 0, tokens), () => _context.NativeHandle.MemoryClear());
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }

    private List<double> Time(TimeSpan enough, Func<LLamaBatch> batch, Action undo)
    {
        List<double> samples = [];
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; samples.Count < 4 || Stopwatch.GetElapsedTime(began) < enough; i++)
        {
            var tokens = batch();
            long started = Stopwatch.GetTimestamp();
            Run(tokens);
            if (i > 0)
                samples.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);

            undo();
        }
        return samples;
    }

    private LLamaBatch Batch(int firstSequence, int sequences, int past, int count)
    {
        var batch = new LLamaBatch();
        for (int sequence = firstSequence; sequence < firstSequence + sequences; sequence++)
            for (int i = 0; i < count; i++)
                batch.Add(_random.Next(300, 30_000), past + i, (LLamaSeqId)sequence, i == count - 1);

        return batch;
    }

    private void Run(LLamaBatch batch)
    {
        if (_context.NativeHandle.Decode(batch) is var result and not DecodeResult.Ok)
            throw new InvalidOperationException($"llama.cpp did not decode: {result}.");

        // Decoding may go on behind the call; whoever reads logits waits for it.
        _context.NativeHandle.Synchronize();
    }
}

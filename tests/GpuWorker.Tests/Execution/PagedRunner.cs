using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>Runs sequences on a session with blocks of its own choosing, and collects the logits of every token.</summary>
internal sealed class PagedRunner(IStepModel session, int blocks, int seed)
{
    private readonly Queue<int> _free = new(Shuffled(blocks, seed));
    private readonly Dictionary<int, (List<int> Blocks, int Past)> _sequences = [];

    /// <summary>Runs one step of (sequence, tokens) pairs; returns the logits of each pair's tokens [tokens][vocabulary], none where the session is a rank that yields none.</summary>
    public float[][][] Step(params (int Sequence, int[] Tokens)[] work)
    {
        List<int> ids = [], lengths = [0], past = [], table = [], slots = [];
        foreach (var (sequence, tokens) in work)
        {
            var (owned, length) = _sequences.TryGetValue(sequence, out var known) ? known : ([], 0);
            while (owned.Count * session.BlockSize < length + tokens.Length)
                owned.Add(_free.Dequeue());

            ids.AddRange(tokens);
            lengths.Add(ids.Count);
            past.Add(length);
            for (int i = 0; i < session.TableWidth; i++)
                table.Add(i < owned.Count ? owned[i] : -1);

            for (int i = length; i < length + tokens.Length; i++)
                slots.Add((owned[i / session.BlockSize] * session.BlockSize) + (i % session.BlockSize));

            _sequences[sequence] = (owned, length + tokens.Length);
        }
        var logits = session.Run(new StepInputs
        {
            InputIds = ids.ToArray(),
            CumulativeLengths = lengths.ToArray(),
            PastLengths = past.ToArray(),
            BlockTable = table.ToArray(),
            SlotMapping = slots.ToArray(),
            SampledRows = Enumerable.Range(0, ids.Count).ToArray(),
        });
        if (logits.IsEmpty)
            return [.. work.Select(_ => Array.Empty<float[]>())];

        float[][] rows = [.. logits.ToArray().Chunk(session.VocabularySize)];
        return [.. work.Select((w, i) => rows[lengths[i]..lengths[i + 1]])];
    }

    private static IEnumerable<int> Shuffled(int count, int seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(seed).Shuffle(order);
        return order;
    }
}

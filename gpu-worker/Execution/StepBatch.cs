using System.Runtime.InteropServices;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>Packs a plan into a step's inputs. Its buffers are kept from step to step.</summary>
internal sealed class StepBatch(int blockSize, int tableWidth)
{
    private readonly List<int> _ids = [], _lengths = [], _past = [], _table = [], _slots = [], _sampled = [];

    /// <summary>Packs the parts in their order; a sampled part's logits are at the row that its place among the sampled parts says.</summary>
    public StepInputs Pack(ReadOnlySpan<ScheduledSequence> plan)
    {
        foreach (var list in (ReadOnlySpan<List<int>>)[_ids, _lengths, _past, _table, _slots, _sampled])
            list.Clear();

        _lengths.Add(0);
        foreach (var part in plan)
        {
            var blocks = part.Sequence.Table;
            foreach (int id in part.Sequence.Tokens.Slice(part.Start, part.Count))
                _ids.Add(id);

            for (int position = part.Start; position < part.Start + part.Count; position++)
                _slots.Add((blocks[position / blockSize] * blockSize) + (position % blockSize));

            for (int i = 0; i < tableWidth; i++)
                _table.Add(i < blocks.Count ? blocks[i] : -1);

            _lengths.Add(_ids.Count);
            _past.Add(part.Start);
            if (part.IsSampled)
                _sampled.Add(_ids.Count - 1);
        }
        // The graph wants one row at least; nobody reads it.
        if (_sampled.Count == 0)
            _sampled.Add(_ids.Count - 1);

        return new StepInputs
        {
            InputIds = CollectionsMarshal.AsSpan(_ids),
            CumulativeLengths = CollectionsMarshal.AsSpan(_lengths),
            PastLengths = CollectionsMarshal.AsSpan(_past),
            BlockTable = CollectionsMarshal.AsSpan(_table),
            SlotMapping = CollectionsMarshal.AsSpan(_slots),
            SampledRows = CollectionsMarshal.AsSpan(_sampled),
        };
    }
}

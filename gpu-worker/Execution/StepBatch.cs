using System.Runtime.InteropServices;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>Packs a plan into a step's inputs. Its buffers are kept from step to step.</summary>
internal sealed class StepBatch
{
    private readonly int _blockSize, _tableWidth;
    private readonly List<int> _ids = [], _lengths = [], _past = [], _table = [], _slots = [], _sampled = [];
    private readonly List<int>[] _all;

    public StepBatch(int blockSize, int tableWidth)
    {
        (_blockSize, _tableWidth) = (blockSize, tableWidth);
        _all = [_ids, _lengths, _past, _table, _slots, _sampled];
    }

    /// <summary>Packs the parts in their order; a sampled part's logits are at the row that its place among the sampled parts says.</summary>
    public StepInputs Pack(ReadOnlySpan<ScheduledSequence> plan)
    {
        foreach (var list in _all)
            list.Clear();

        _lengths.Add(0);
        foreach (var part in plan)
        {
            var blocks = CollectionsMarshal.AsSpan(part.Sequence.Table);
            _ids.AddRange(part.Sequence.Tokens.Slice(part.Start, part.Count));
            for (int position = part.Start; position < part.Start + part.Count; position++)
                _slots.Add((blocks[position / _blockSize] * _blockSize) + (position % _blockSize));

            _table.AddRange(blocks);
            for (int i = blocks.Length; i < _tableWidth; i++)
                _table.Add(-1);

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

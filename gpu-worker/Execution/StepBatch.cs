using System.Runtime.InteropServices;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Packs a plan into a step's inputs. Where its tokens lie can be packed while the step before it runs, the tokens themselves when it is over.
/// Its buffers are kept from step to step.
/// </summary>
internal sealed class StepBatch
{
    private readonly int _blockSize, _tableWidth;
    private readonly List<int> _ids = [], _lengths = [0], _past = [], _table = [], _slots = [], _sampled = [];
    private readonly List<ScheduledSequence> _placed = [];

    public StepBatch(int blockSize, int tableWidth) => (_blockSize, _tableWidth) = (blockSize, tableWidth);

    /// <summary>Packs all but the tokens of parts that may become a plan. The next <see cref="Pack"/> makes use of it, as far as its plan begins with them.</summary>
    public void Place(ReadOnlySpan<ScheduledSequence> parts)
    {
        Keep(0);
        foreach (var part in parts)
            Place(part);
    }

    /// <summary>Packs the parts in their order; logits follow each other in the order of the sampled parts, one row each and one for each draft.</summary>
    public StepInputs Pack(ReadOnlySpan<ScheduledSequence> plan)
    {
        int same = CollectionsMarshal.AsSpan(_placed).CommonPrefixLength(plan);
        Keep(same);
        foreach (var part in plan[same..])
            Place(part);

        _ids.Clear();
        _sampled.Clear();
        foreach (var part in plan)
        {
            _ids.AddRange(part.Sequence.TokensAndDrafts(part.Drafts).Slice(part.Start, part.Count));
            for (int row = _ids.Count - part.SampledRows; row < _ids.Count; row++)
                _sampled.Add(row);
        }
        // The graph wants one row at least; nobody reads it.
        if (_sampled.Count == 0)
            _sampled.Add(_ids.Count - 1);

        // The same part of a later step may have other blocks.
        _placed.Clear();
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

    private void Place(ScheduledSequence part)
    {
        var blocks = CollectionsMarshal.AsSpan(part.Sequence.Table);
        for (int position = part.Start; position < part.Start + part.Count; position++)
            _slots.Add((blocks[position / _blockSize] * _blockSize) + (position % _blockSize));

        _table.AddRange(blocks);
        int end = (_past.Count + 1) * _tableWidth;
        int filled = _table.Count;
        CollectionsMarshal.SetCount(_table, end);
        CollectionsMarshal.AsSpan(_table)[filled..].Fill(-1);
        _lengths.Add(_slots.Count);
        _past.Add(part.Start);
        _placed.Add(part);
    }

    /// <summary>Keeps the first parts that are placed.</summary>
    private void Keep(int parts)
    {
        CollectionsMarshal.SetCount(_placed, parts);
        CollectionsMarshal.SetCount(_past, parts);
        CollectionsMarshal.SetCount(_lengths, parts + 1);
        CollectionsMarshal.SetCount(_table, parts * _tableWidth);
        CollectionsMarshal.SetCount(_slots, _lengths[parts]);
    }
}

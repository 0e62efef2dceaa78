using System.Runtime.InteropServices;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Packs a plan into a step's inputs. Where its tokens lie can be packed while the step before it runs, the tokens themselves when it is over.
/// Its buffers are kept from step to step.
/// </summary>
internal sealed class StepBatch
{
    private readonly int _blockSize, _tableWidth, _candidates;
    private readonly List<float> _inverseTemperatures = [];
    private readonly List<int> _ids = [], _lengths = [0], _past = [], _table = [], _slots = [], _sampled = [];
    private readonly List<ScheduledSequence> _placed = [];

    /// <param name="candidates">Of each row; 0 where the model yields logits alone.</param>
    public StepBatch(int blockSize, int tableWidth, int candidates = 0) => (_blockSize, _tableWidth, _candidates) = (blockSize, tableWidth, candidates);

    /// <summary>Packs all but the tokens of parts that may become a plan. The next <see cref="Pack"/> makes use of it, as far as its plan begins with them.</summary>
    public void Place(ReadOnlySpan<ScheduledSequence> parts)
    {
        Keep(0);
        foreach (var part in parts)
            Place(part);
    }

    /// <summary>Packs the parts in their order; logits follow each other in the order of the parts: the rows of a prompt, then one where the part is sampled and one for each draft.</summary>
    public StepInputs Pack(ReadOnlySpan<ScheduledSequence> plan)
    {
        int same = CollectionsMarshal.AsSpan(_placed).CommonPrefixLength(plan);
        Keep(same);
        foreach (var part in plan[same..])
            Place(part);

        _ids.Clear();
        _sampled.Clear();
        _inverseTemperatures.Clear();
        foreach (var part in plan)
        {
            _ids.AddRange(part.Sequence.TokensAndDrafts(part.Drafts).Slice(part.Start, part.Count));
            AddRows(_ids.Count - part.Count + part.Sequence.PromptRowsEnd(part.Start + part.Count - part.Drafts) - part.Start, part.PromptRows);
            AddRows(_ids.Count, part.SampledRows);

            if (_candidates > 0)
                AddInverseTemperatures(part);
        }
        // The graph wants one row at least; nobody reads it.
        if (_sampled.Count == 0)
            _sampled.Add(_ids.Count - 1);

        if (_candidates > 0 && _inverseTemperatures.Count == 0)
            _inverseTemperatures.Add(1);

        return Packed();
    }

    private StepInputs Packed()
    {
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
            InverseTemperatures = CollectionsMarshal.AsSpan(_inverseTemperatures),
        };
    }

    /// <summary>Packs placed parts of a token each that nobody here knows yet, but for the row of the step before whose likeliest one it is.</summary>
    /// <param name="ahead">The parts that were placed.</param>
    /// <param name="rows">By part.</param>
    public StepInputs PackAhead(ReadOnlySpan<ScheduledSequence> ahead, ReadOnlySpan<int> rows)
    {
        _ids.Clear();
        _sampled.Clear();
        _inverseTemperatures.Clear();
        for (int i = 0; i < ahead.Length; i++)
        {
            _ids.Add(~rows[i]);
            _sampled.Add(i);
            _inverseTemperatures.Add(1);
        }
        return Packed();
    }

    private void AddRows(int end, int count)
    {
        for (int row = end - count; row < end; row++)
            _sampled.Add(row);
    }

    /// <summary>Rows behind drafts are sampled with what these made of the request, and likelihoods are of all logits, so both have them.</summary>
    private void AddInverseTemperatures(ScheduledSequence part)
    {
        var sequence = part.Sequence;
        for (int row = 0; row < part.PromptRows; row++)
            _inverseTemperatures.Add(0);

        for (int row = 0; row < part.SampledRows; row++)
            _inverseTemperatures.Add(part.Drafts > 0 ? 0 : CandidateRule.InverseTemperature(sequence.Request, sequence.Length - sequence.Request.PromptTokens.Length, _candidates));
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

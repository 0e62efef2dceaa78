using System.Runtime.InteropServices;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// The step after the one that runs, begun before anybody here knows that one's tokens: the device feeds them to itself. That goes where each of its tokens is the likeliest one of a row that runs,
/// so where all decode greedily. What then turns out to be otherwise, a sequence that has ended or one that came in, costs a row that nobody reads, or waits one step; the scheduler is asked as ever
/// and knows nothing of it. A slot that was written for nothing is the sequence's own, or its next owner writes it again before reading, since the device keeps the order of steps.
/// </summary>
internal sealed class RunAhead(IStepModel model)
{
    private readonly Dictionary<Sequence, (int Row, int Next)> _rows = [];
    private readonly List<ScheduledSequence> _begun = [], _kept = [], _decided = [];
    private readonly List<SampledRow> _decidedRows = [];
    private readonly List<int> _fedBy = [], _keptRows = [];
    private readonly List<long> _fed = [];

    /// <summary>Whether a step has been begun that is not over.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>Whether parts of the latest plan do not run in the step that runs, so that the scheduler, which thinks they do, is not to be asked what comes after it.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>Whether the step that runs can no longer be read whole: another was begun, or failed while it was, which may have written in its rows' place.</summary>
    public bool IsWrittenOver { get; private set; }

    /// <summary>Whether a row of the next step has to be read whole, so that none is begun while that runs: it would take the row's place.</summary>
    public bool MustRead { get; set; }

    /// <summary>Parts of the plan that run in the step that was taken.</summary>
    public ReadOnlySpan<ScheduledSequence> Kept => CollectionsMarshal.AsSpan(_kept);

    /// <summary>Their rows.</summary>
    public ReadOnlySpan<int> KeptRows => CollectionsMarshal.AsSpan(_keptRows);

    /// <summary>Parts whose next tokens are known, as <see cref="Decide"/> found them, and their rows.</summary>
    public ReadOnlySpan<ScheduledSequence> Decided => CollectionsMarshal.AsSpan(_decided);

    /// <inheritdoc cref="Decided"/>
    public ReadOnlySpan<SampledRow> DecidedRows => CollectionsMarshal.AsSpan(_decidedRows);

    /// <summary>A whole plan runs now.</summary>
    public void Runs(ReadOnlySpan<ScheduledSequence> plan)
    {
        IsPartial = false;
        Runs(plan, []);
    }

    /// <param name="rows">Of the parts that are sampled; empty for 0 and so on.</param>
    private void Runs(ReadOnlySpan<ScheduledSequence> parts, ReadOnlySpan<int> rows)
    {
        IsWrittenOver = false;
        _rows.Clear();
        if (!model.CanRunAhead)
            return;

        int row = 0;
        foreach (var part in parts)
        {
            row += part.PromptRows;
            if (!part.IsSampled)
                continue;

            var request = part.Sequence.Request;
            if (Sampler.IsGreedy(request.Sampling) && CandidateRule.InverseTemperature(request, part.Sequence.Generated, model.Candidates) > 0)
                _rows[part.Sequence] = (rows.IsEmpty ? row : rows[row], part.Start + part.Count);

            row += part.SampledRows;
        }
    }

    /// <summary>Begins the next step, if it can be.</summary>
    /// <param name="ahead">What the scheduler foresees.</param>
    /// <param name="batch">Where those parts are placed.</param>
    public void TryBegin(ReadOnlySpan<ScheduledSequence> ahead, StepBatch batch)
    {
        if (!model.CanRunAhead || MustRead || IsBegun || ahead.IsEmpty)
            return;

        _begun.Clear();
        _fedBy.Clear();
        foreach (var part in ahead)
        {
            if (part is not { Count: 1, Drafts: 0 } || !_rows.TryGetValue(part.Sequence, out var row) || part.Start != row.Next)
                return;

            _begun.Add(part);
            _fedBy.Add(row.Row);
        }
        IsWrittenOver = true;
        try
        {
            model.Begin(batch.PackAhead(ahead, CollectionsMarshal.AsSpan(_fedBy)));
            IsBegun = true;
        }
        catch (Exception exception) when (exception is not RankGroupFailedException)
        {
            // The step that runs is not at fault; if this one is, it fails again where its own requests fail with it.
        }
    }

    /// <summary>The step before has ended: from now on it is known what the begun one was fed with.</summary>
    public void Learn(StepRows rows)
    {
        _fed.Clear();
        for (int i = 0; IsBegun && i < _fedBy.Count; i++)
            _fed.Add(rows.CandidateTokens[_fedBy[i] * rows.Candidates]);
    }

    /// <summary>The begun step is to end: of the plan, those parts run in it that were fed with what their sequences came to have.</summary>
    public void Take(ReadOnlySpan<ScheduledSequence> plan)
    {
        IsBegun = false;
        _kept.Clear();
        _keptRows.Clear();
        foreach (var part in plan)
        {
            int row = CollectionsMarshal.AsSpan(_begun).IndexOf(part);
            if (row < 0 || row >= _fed.Count || part.Sequence.Tokens[part.Start] != _fed[row])
                continue;

            _kept.Add(part);
            _keptRows.Add(row);
        }
        IsPartial = _kept.Count < plan.Length;
        Runs(Kept, KeptRows);
    }

    /// <summary>Takes the parts of a step whose rows are decided. The others', which can no longer be read, run again, and no other step beside them.</summary>
    /// <param name="rows">What became of each sampled row.</param>
    public void Decide(ReadOnlySpan<ScheduledSequence> parts, ReadOnlySpan<SampledRow> rows)
    {
        _decided.Clear();
        _decidedRows.Clear();
        foreach (var part in parts)
        {
            var sampled = rows[..part.Rows];
            rows = rows[part.Rows..];
            if (sampled is [.., { IsUndecided: true }])
                continue;

            _decided.Add(part);
            _decidedRows.AddRange(sampled);
        }
        MustRead |= _decided.Count < parts.Length;
    }

    /// <summary>Waits for a begun step that nobody wants, also where it fails. It was fed by the one before: where that has failed, with nothing that is known.</summary>
    public void Drop()
    {
        if (!IsBegun)
            return;

        IsBegun = false;
        try
        {
            model.End();
        }
        catch (Exception exception) when (exception is not RankGroupFailedException)
        {
            // Nobody's: what is wrong with the device the next step says, where its own requests fail with it.
        }
    }
}

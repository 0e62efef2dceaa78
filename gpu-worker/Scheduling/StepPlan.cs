using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>A step's work in the making, under a budget of tokens. Kept from step to step, so that it allocates nothing.</summary>
internal sealed class StepPlan
{
    private readonly List<ScheduledSequence> _parts = [];
    private readonly int _maxTokens, _maxPromptRows;

    public StepPlan(int maxTokens, int maxPromptRows)
    {
        (_maxTokens, _maxPromptRows) = (maxTokens, maxPromptRows);
        Clear();
    }

    /// <summary>Tokens that may still be taken.</summary>
    public int Budget { get; private set; }

    /// <summary>Rows of prompts' logits that may still be taken.</summary>
    private int PromptRowBudget { get; set; }

    /// <summary>Valid until the plan changes.</summary>
    public ReadOnlySpan<ScheduledSequence> Parts => CollectionsMarshal.AsSpan(_parts);

    /// <summary>Whether there are parts, and each can be run as things are now: what was only expected of their sequences has happened.</summary>
    public bool HasComeTrue
    {
        get
        {
            foreach (var (sequence, start, count, _, _) in _parts)
                if (sequence.Phase != SequencePhase.Running || start != sequence.Computed || start + count > sequence.Length)
                    return false;

            return _parts.Count > 0;
        }
    }

    /// <summary>Whether a part has drafts, so that nobody knows where its sequence will be when it has run.</summary>
    public bool HasDrafts { get; private set; }

    public void Clear()
    {
        _parts.Clear();
        HasDrafts = false;
        Budget = _maxTokens;
        PromptRowBudget = _maxPromptRows;
    }

    /// <summary>How many of a sequence's tokens from <paramref name="start"/> up to <paramref name="end"/> may still be taken, those whose logits are wanted only as far as there are rows; 0 for none.</summary>
    public int Fitting(Sequence sequence, int start, int end)
    {
        int count = Math.Min(end - start, Budget), rows = sequence.PromptRowsIn(start, start + count);
        return rows <= PromptRowBudget ? count : sequence.PromptRowsEnd(start + count) - rows - start + PromptRowBudget;
    }

    public void Take(Sequence sequence, int start, int count)
    {
        int rows = sequence.PromptRowsIn(start, start + count);
        _parts.Add(new ScheduledSequence(sequence, start, count, PromptRows: rows));
        Budget -= count;
        PromptRowBudget -= rows;
    }

    /// <summary>Adds a sequence's drafts to its part.</summary>
    public void Draft(int part, int drafts)
    {
        _parts[part] = _parts[part] with { Count = _parts[part].Count + drafts, Drafts = drafts };
        Budget -= drafts;
        HasDrafts = true;
    }

    /// <summary>Gives a sequence's part up, if it has one.</summary>
    public void Drop(Sequence sequence)
    {
        for (int at = _parts.Count - 1; at >= 0; at--)
        {
            if (_parts[at].Sequence != sequence)
                continue;

            Budget += _parts[at].Count;
            PromptRowBudget += _parts[at].PromptRows;
            _parts.RemoveAt(at);
            return;
        }
    }

    /// <summary>Tells each sequence how many of its tokens the plan computes.</summary>
    public void Announce()
    {
        foreach (var part in _parts)
            part.Sequence.Planned = part.Count;
    }

    /// <summary>Takes back what <see cref="Announce"/> told.</summary>
    public void Withdraw()
    {
        foreach (var part in _parts)
            part.Sequence.Planned = 0;
    }
}

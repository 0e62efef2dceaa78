using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>A step's work in the making, under a budget of tokens, and one of prompts' tokens where others decode. Kept from step to step, so that it allocates nothing.</summary>
internal sealed class StepPlan
{
    private readonly List<ScheduledSequence> _parts = [];
    private readonly int _maxTokens, _maxPromptTokensBesideDecodes;
    private int _decodes, _promptTokens;

    public StepPlan(SchedulerOptions options)
    {
        Budget = _maxTokens = options.MaxBatchedTokens;
        _maxPromptTokensBesideDecodes = options.MaxPromptTokensBesideDecodes ?? options.MaxBatchedTokens;
    }

    /// <summary>Tokens that may still be taken.</summary>
    public int Budget { get; private set; }

    /// <summary>Those of prompts that may still be taken.</summary>
    public int PromptBudget => _decodes == 0 ? Budget : Math.Max(0, Math.Min(Budget, _maxPromptTokensBesideDecodes - _promptTokens));

    /// <summary>Valid until the plan changes.</summary>
    public ReadOnlySpan<ScheduledSequence> Parts => CollectionsMarshal.AsSpan(_parts);

    /// <summary>Whether there are parts, and each can be run as things are now: what was only expected of their sequences has happened.</summary>
    public bool HasComeTrue
    {
        get
        {
            foreach (var (sequence, start, count, _) in _parts)
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
        _decodes = _promptTokens = 0;
        HasDrafts = false;
        Budget = _maxTokens;
    }

    /// <summary>Adds a sequence's part.</summary>
    /// <param name="isDecode">Whether it is the one token that is left of the sequence.</param>
    public void Take(Sequence sequence, int start, int count, bool isDecode)
    {
        _parts.Add(new ScheduledSequence(sequence, start, count));
        Count(count, isDecode, sign: 1);
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

            var part = _parts[at];
            Count(part.Count, Foresight.IsDecode(part.Start, sequence.Length), sign: -1);
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

    private void Count(int tokens, bool isDecode, int sign)
    {
        Budget -= sign * tokens;
        if (isDecode)
            _decodes += sign;
        else
            _promptTokens += sign * tokens;
    }
}

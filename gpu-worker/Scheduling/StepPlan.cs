using System.Runtime.InteropServices;

namespace Serverless.GpuWorker.Scheduling;

/// <summary>A step's work in the making, under a budget of tokens, and one of prompts' tokens where others decode. Kept from step to step, so that it allocates nothing.</summary>
internal sealed class StepPlan
{
    private readonly List<ScheduledSequence> _parts = [];
    private readonly int _maxTokens, _maxPromptTokensBesideDecodes, _maxPromptRows;
    private int _decodes, _promptTokens, _heldBack;
    private int? _promptsHave;

    public StepPlan(SchedulerOptions options)
    {
        (_maxTokens, _maxPromptRows) = (options.MaxBatchedTokens, options.MaxPromptRows);
        _maxPromptTokensBesideDecodes = options.MaxPromptTokensBesideDecodes ?? options.MaxBatchedTokens;
        Clear();
    }

    /// <summary>Tokens that may still be taken.</summary>
    public int Budget { get; private set; }

    /// <summary>Those of prompts that may still be taken.</summary>
    public int PromptBudget => Math.Max(0, Math.Min(Budget, (_promptsHave ?? PromptsMayHave) - _promptTokens) - _heldBack);

    /// <summary>Whether there are prompts among the parts.</summary>
    public bool HasPrompts => _promptTokens > 0;

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

    private int PromptsMayHave => _decodes == 0 ? _maxTokens : _maxPromptTokensBesideDecodes;

    /// <summary>Whether a part has drafts, so that nobody knows where its sequence will be when it has run.</summary>
    public bool HasDrafts { get; private set; }

    public void Clear()
    {
        _parts.Clear();
        _decodes = _promptTokens = _heldBack = 0;
        _promptsHave = null;
        HasDrafts = false;
        Budget = _maxTokens;
        PromptRowBudget = _maxPromptRows;
    }

    /// <summary>The decodes are planned: what prompts have of the step does not change with who is admitted to it, who may have a single token left.</summary>
    public void BeginPrompts() => _promptsHave = PromptsMayHave;

    /// <summary>Keeps so many tokens of <see cref="PromptBudget"/> for prompts that are planned later; 0 for none.</summary>
    public void HoldBack(int tokens) => _heldBack = tokens;

    /// <summary>Whether a sequence has a part.</summary>
    public bool Has(Sequence sequence)
    {
        foreach (var part in _parts)
            if (part.Sequence == sequence)
                return true;

        return false;
    }

    /// <summary>How many of a sequence's tokens from <paramref name="start"/> up to <paramref name="end"/> may still be taken, those whose logits are wanted only as far as there are rows; 0 for none.</summary>
    public int Fitting(Sequence sequence, int start, int end)
    {
        int count = Math.Min(end - start, Foresight.IsDecode(start, end) ? Budget : PromptBudget), rows = sequence.PromptRowsIn(start, start + count);
        return rows <= PromptRowBudget ? count : sequence.PromptRowsEnd(start + count) - rows - start + PromptRowBudget;
    }

    /// <summary>Adds a sequence's part.</summary>
    /// <param name="isDecode">Whether it is the one token that is left of the sequence.</param>
    public void Take(Sequence sequence, int start, int count, bool isDecode)
    {
        int rows = sequence.PromptRowsIn(start, start + count);
        _parts.Add(new ScheduledSequence(sequence, start, count, PromptRows: rows));
        Count(count, rows, isDecode, sign: 1);
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
            Count(part.Count, part.PromptRows, Foresight.IsDecode(part.Start, sequence.Length), sign: -1);
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

    private void Count(int tokens, int promptRows, bool isDecode, int sign)
    {
        Budget -= sign * tokens;
        PromptRowBudget -= sign * promptRows;
        if (isDecode)
            _decodes += sign;
        else
            _promptTokens += sign * tokens;
    }
}

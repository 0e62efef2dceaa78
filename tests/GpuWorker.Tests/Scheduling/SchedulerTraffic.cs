using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;
using Serverless.GpuWorker.Tests.Speculation;

namespace Serverless.GpuWorker.Tests.Scheduling;

/// <summary>
/// A scheduler under random traffic, and a ledger beside it: arrivals with priorities, deadlines, common prefixes and tokens so far,
/// departures, steps that fail, a clock. Checks after every step what must hold whatever happens.
/// </summary>
internal sealed class SchedulerTraffic
{
    private readonly Random _random;
    private readonly SchedulerOptions _options;
    private readonly Scheduler _scheduler;
    private readonly Dictionary<Sequence, (int Appended, int Preemptions, int Computed)> _ledger = [];
    private readonly StepBatch _batch, _fresh;
    private readonly bool _plansAhead;
    private readonly AcceptanceRates? _rates;
    private TimeSpan _now;
    private ScheduledSequence[] _ahead = [];
    private long _lastId;
    private int _steps;

    /// <param name="plansAhead">Whether the step after the one that runs is planned, and where it lies is packed, before that is over.</param>
    /// <param name="prefixCaching">Null for any.</param>
    /// <param name="drafts">Whether sequences draft, which often comes and often does not.</param>
    public SchedulerTraffic(int seed, bool plansAhead = true, bool? prefixCaching = null, bool drafts = false)
    {
        _rates = drafts ? new AcceptanceRates() : null;
        _plansAhead = plansAhead;
        _random = new Random(seed);
        int sequences = _random.Next(1, 8), tokens = sequences + _random.Next(1, 30);
        _options = new SchedulerOptions
        {
            MaxSequences = sequences,
            MaxBatchedTokens = tokens,
            MaxPromptTokensBesideDecodes = seed % 2 == 0 ? null : 1 + (seed / 2 % tokens),
            BlockSize = _random.Next(1, 6),
            PrefixCaching = _random.Next(4) > 0 && prefixCaching != false,
            PreemptByPriority = seed % 3 == 0,
            MaxPromptRows = _random.Next(1, 20),
        };
        (_batch, _fresh) = (new StepBatch(_options.BlockSize, tableWidth: 160), new StepBatch(_options.BlockSize, tableWidth: 160));
        Pool = new BlockPool(_random.Next(40, 160) / _options.BlockSize, _random.Next(3) switch { 0 => 1, 1 => 0.5, _ => 0.15 });
        _scheduler = new Scheduler(_options, Pool, drafts ? new DraftPlanner(Costs.Flat, 1 + (seed % 7), new StopRule([], 1000)) : null);
    }

    public BlockPool Pool { get; }

    public Scheduler Scheduler => _scheduler;

    public List<Sequence> All { get; } = [];

    /// <summary>Prompts all of whose likelihoods were told.</summary>
    public int Told { get; private set; }

    /// <summary>Parts of prompts that passed a longer one.</summary>
    public int Passed { get; private set; }

    /// <summary>What was planned: a sequence's id, start and count, and the step.</summary>
    public List<(int Step, long Id, int Start, int Count)> Planned { get; } = [];

    /// <summary>Steps that began with all that was planned ahead.</summary>
    public int Foreseen { get; private set; }

    /// <summary>Tokens that were drafted, and those of them that came.</summary>
    public int Drafted { get; private set; }

    public int Accepted { get; private set; }

    /// <summary>Sequences that ended because they were cancelled or late.</summary>
    public int CutShort { get; private set; }

    public void Arrive()
    {
        int most = Math.Min(40, Pool.Total * _options.BlockSize);
        int prompt = _random.Next(1, most - 1), maxTokens = _random.Next(1, Math.Min(12, most - prompt) + 1);
        var request = new GenerationRequest
        {
            // Beginnings are few, so that some are shared.
            PromptTokens = [.. Enumerable.Range(_random.Next(3) * 100, prompt)],
            PriorTokens = [.. Enumerable.Repeat(7, _random.Next(4) == 0 ? _random.Next(maxTokens) : 0)],
            MaxTokens = maxTokens,
            ClientId = $"client {_random.Next(4)}",
            Priority = _random.Next(-2, 3),
            PromptLogprobs = _random.Next(3) == 0 ? 0 : null,
            Deadline = _random.Next(4) == 0 ? _now + TimeSpan.FromSeconds(_random.Next(1, 40)) : null,
        };
        var sequence = new Sequence(++_lastId, request, BlockHash.Root("secret"u8, request.ClientId));
        if (_rates is not null)
            sequence.Predict(_rates);

        _scheduler.Add(sequence);
        _ledger.Add(sequence, (0, 0, 0));
        All.Add(sequence);
    }

    public void Depart()
    {
        if (All.Count == 0)
            return;

        var sequence = All[_random.Next(All.Count)];
        CutShort += sequence.Phase == SequencePhase.Finished ? 0 : 1;
        _scheduler.Remove(sequence, distrust: _random.Next(4) == 0);
    }

    /// <summary>A step as the engine does it.</summary>
    public void Step(bool fails)
    {
        Expire();
        var waitingBefore = _scheduler.Waiting.ToList();
        var before = _scheduler.Running.Select(s => (s, s.Length - s.Computed)).ToList();
        var plan = _scheduler.Plan().ToArray();
        Assert.Null(_scheduler.ViolationOf(plan));
        AssertUrgentFirst(waitingBefore);
        AssertPromptsGiveWay(before, plan);
        AssertOnlyShortPromptsPass(before, plan);
        AssertLedger();
        AssertPackedAsAfresh(plan);
        Planned.AddRange(plan.Select(part => (_steps, part.Sequence.Id, part.Start, part.Count)));
        Foreseen += _ahead.Length > 0 && plan.AsSpan().StartsWith(_ahead) ? 1 : 0;
        _steps++;
        PlanAhead(plan);
        if (fails)
            return;

        foreach (var part in plan)
        {
            int rows = part.SampledRows, sampled = 0, came = 0;
            for (int row = 0; row < part.PromptRows; row++)
                part.Sequence.LearnPrompt(new TokenLogprobs(0, 1, []));

            _scheduler.Commit(part);
            AssertTold(part.Sequence, isAnswered: rows > 0);
            for (bool isDrafted = rows > 0; isDrafted; came += isDrafted ? 1 : 0)
            {
                isDrafted = _scheduler.Append(part.Sequence, _rates is not null && _random.Next(4) == 0 ? 8 : 7);
                sampled++;
            }
            (Drafted, Accepted) = (Drafted + part.Drafts, Accepted + came);
            var (appended, preemptions, computed) = _ledger[part.Sequence];
            _ledger[part.Sequence] = (appended + sampled, preemptions, computed + part.Count - part.Drafts + came);
            if (part.Sequence.Generated == part.Sequence.Request.MaxTokens)
                _scheduler.Remove(part.Sequence);
        }
        AssertLedger();
        Assert.Empty(_scheduler.Violations());
    }

    /// <summary>What is planned ahead has its blocks, and nobody is the worse for it.</summary>
    private void PlanAhead(ScheduledSequence[] plan)
    {
        _ahead = [];
        if (!_plansAhead)
            return;

        long preemptions = _scheduler.Preemptions;
        Sequence[] running = [.. _scheduler.Running], waiting = [.. _scheduler.Waiting];
        _ahead = [.. _scheduler.PlanAhead()];
        _batch.Place(_ahead);
        Assert.Equal(preemptions, _scheduler.Preemptions);
        Assert.Equal(running, _scheduler.Running);
        Assert.Equal(waiting, _scheduler.Waiting);
        Assert.True(_ahead.Sum(part => part.Count) <= _options.MaxBatchedTokens);
        Assert.All(_ahead, part => Assert.True((part.Start + part.Count + _options.BlockSize - 1) / _options.BlockSize <= part.Sequence.Table.Count));
        Assert.All(plan, part => Assert.True((part.Start + part.Count + _options.BlockSize - 1) / _options.BlockSize <= part.Sequence.Table.Count));
    }

    /// <summary>A step that was packed in part before the last one was over is what it would be had it been packed now.</summary>
    private void AssertPackedAsAfresh(ScheduledSequence[] plan)
    {
        if (plan.Length == 0)
            return;

        var step = _batch.Pack(plan);
        var fresh = _fresh.Pack(plan);
        Assert.Equal(fresh.InputIds, step.InputIds);
        Assert.Equal(fresh.CumulativeLengths, step.CumulativeLengths);
        Assert.Equal(fresh.PastLengths, step.PastLengths);
        Assert.Equal(fresh.BlockTable, step.BlockTable);
        Assert.Equal(fresh.SlotMapping, step.SlotMapping);
        Assert.Equal(fresh.SampledRows, step.SampledRows);
    }

    /// <summary>Before its answer begins a prompt is told of whole, and no token twice.</summary>
    private void AssertTold(Sequence sequence, bool isAnswered)
    {
        if (!isAnswered || sequence.TakePromptLogprobs() is not { } told)
            return;

        Assert.Equal(sequence.Request.PromptTokens.Length - 1, told.Count);
        Told++;
    }

    private void Expire()
    {
        _now += TimeSpan.FromSeconds(1);
        while (_scheduler.Expire(_now) is { } late)
        {
            Assert.True(late.Request.Deadline <= _now);
            CutShort++;
        }
        Assert.DoesNotContain(_scheduler.Running.Concat(_scheduler.Waiting), s => s.Request.Deadline <= _now);
    }

    /// <summary>Where others decode, who is admitted with a single token left not counted, prompts have no more tokens than they may.</summary>
    private void AssertPromptsGiveWay(List<(Sequence Sequence, int Left)> running, ScheduledSequence[] plan)
    {
        if (running.Exists(r => r.Left == 1 && plan.Any(part => part.Sequence == r.Sequence)))
            Assert.InRange(plan.Where(part => part.Sequence.Length - part.Start > 1).Sum(part => part.Count), 0, _options.MaxPromptTokensBesideDecodes ?? _options.MaxBatchedTokens);
    }

    /// <summary>The oldest prompt has all it needs or half of what prompts have, and where it has not all, whoever else has any is shorter than half of it.</summary>
    private void AssertOnlyShortPromptsPass(List<(Sequence Sequence, int Left)> running, ScheduledSequence[] plan)
    {
        var (oldest, left) = running.FirstOrDefault(r => r.Left > 1);
        if (oldest is not { Phase: SequencePhase.Running } || oldest.Request.PromptLogprobs is not null)
            return;

        int decodes = running.Count(r => r.Left == 1);
        int prompts = Math.Min(_options.MaxBatchedTokens - decodes, decodes > 0 ? _options.MaxPromptTokensBesideDecodes ?? int.MaxValue : int.MaxValue);
        int planned = plan.Where(part => part.Sequence == oldest).Sum(part => part.Count - part.Drafts);
        Assert.InRange(planned, Math.Min(left, (prompts + 1) / 2), left);
        if (planned == left)
            return;

        // In time: those that were running when the plan began, and those that came in with what was cached of them.
        foreach (var part in plan.Where(part => part.Sequence != oldest && part.Sequence.Length - part.Start > 1))
        {
            Assert.InRange(part.Sequence.Length - part.Start, 2, left / 2);
            Passed++;
        }
    }

    /// <summary>Who was admitted went before all of its client's that still wait. While preempted ones wait only a client that has nothing running is let in, one a step.</summary>
    private void AssertUrgentFirst(List<Sequence> waitingBefore)
    {
        foreach (var admitted in waitingBefore.Where(s => s.Phase == SequencePhase.Running && s.Preemptions == 0))
        {
            if (!_options.PreemptByPriority && waitingBefore.Any(s => s.Phase == SequencePhase.Waiting && _ledger[s].Preemptions > 0 && _ledger[s].Preemptions == s.Preemptions))
                Assert.Single(_scheduler.Running, s => s.Request.ClientId == admitted.Request.ClientId);

            Assert.DoesNotContain(
                _scheduler.Waiting,
                s => s.Preemptions == 0 && s.Request.ClientId == admitted.Request.ClientId && (s.Request.Priority, s.Id).CompareTo((admitted.Request.Priority, admitted.Id)) < 0);
        }
    }

    /// <summary>
    /// Tokens are neither lost nor made: what a sequence has is what it came with and what was appended; what is computed is what hits gave
    /// and steps committed, since it was last preempted.
    /// </summary>
    private void AssertLedger()
    {
        foreach (var (sequence, (appended, preemptions, computed)) in _ledger.ToList())
        {
            Assert.Equal(sequence.Given + appended, sequence.Length);
            Assert.Equal(sequence.Request.PriorTokens.Length + appended, sequence.Generated);
            Assert.True(sequence.Generated <= sequence.Request.MaxTokens);
            bool isRestarted = sequence.Preemptions > preemptions, isFresh = computed == 0 || isRestarted;
            if (isFresh && sequence.Phase == SequencePhase.Running)
                Assert.True(sequence.Computed % _options.BlockSize == 0 && sequence.Computed < sequence.Length, $"{sequence} begins with what no hit gives.");
            else if (sequence.Phase == SequencePhase.Running)
                Assert.Equal(computed, sequence.Computed);
            else if (sequence.Phase == SequencePhase.Waiting)
                Assert.Equal(0, sequence.Computed);

            _ledger[sequence] = (appended, sequence.Preemptions, isFresh ? sequence.Computed : computed);
            if (sequence.Phase == SequencePhase.Finished)
                _ledger.Remove(sequence);
        }
    }
}

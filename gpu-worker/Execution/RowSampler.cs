using System.Runtime.InteropServices;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Samples the rows of a step, and finds how likely prompts' tokens were, on several threads where there is enough to do. Sequences, and a few rows of a prompt at a time, are taken by whoever is free, so a helper
/// that wakes late costs nothing; a row's token is the same whoever takes it. A sequence's rows after its drafts go in their order: each is sampled as if
/// the drafts before it were tokens, which they are by then, and the first draft that is not what was sampled ends them. Called by one thread at a time. Allocates nothing of its own.
/// </summary>
internal sealed unsafe class RowSampler : IDisposable
{
    /// <summary>The work of a row in units of a greedy one, by measurement: some 10 µs for a vocabulary of 32,000, against hundreds with noise.</summary>
    private const int GreedyWork = 1, RandomWork = 16, PromptWork = 4;

    /// <summary>Rows of a prompt that are taken at once.</summary>
    private const int PromptRowsAtOnce = 4;

    /// <summary>Work for which waking one more thread, some tens of µs, pays.</summary>
    private const int WorkOfAHelper = 12;

    private readonly object _gate = new();
    private readonly Sampler[] _samplers;
    private readonly List<Work> _works = [];
    private readonly Thread[] _helpers;
    private SampledRow[] _results = [];
    private readonly List<int> _undecided = [];
    private float* _logits, _candidateLogits, _totals, _inverseTemperatures;
    private long* _candidateTokens;
    private int _candidates, _next, _left, _done, _vocabularySize;
    private bool _isEnding;

    /// <param name="samplers">One for each thread, the caller's first.</param>
    public RowSampler(params Sampler[] samplers)
    {
        _samplers = samplers;
        _helpers = [.. samplers.Skip(1).Select(sampler => new Thread(() => Help(sampler)) { IsBackground = true, Name = "llm-sampler" })];
        foreach (var helper in _helpers)
            helper.Start();
    }

    /// <summary>The rows of the last call whose candidates did not decide, rising; <see cref="Decide"/> is to be called before its results are used.</summary>
    public ReadOnlySpan<int> Undecided => CollectionsMarshal.AsSpan(_undecided);

    /// <summary>Samples rows of which all logits are there.</summary>
    /// <param name="logits">[sampled rows, vocabulary]</param>
    /// <inheritdoc cref="Sample(ReadOnlySpan{ScheduledSequence}, StepRows, ReadOnlySpan{float}, int)"/>
    public ReadOnlySpan<SampledRow> Sample(ReadOnlySpan<ScheduledSequence> plan, ReadOnlySpan<float> logits, int vocabularySize) =>
        Sample(plan, new StepRows { Logits = logits }, [], vocabularySize);

    /// <summary>The results of the sampled rows in their order, valid until the next call. Those of rows after a draft that did not come are nothing.</summary>
    /// <param name="inverseTemperatures">[sampled rows], over 0 where a row has candidates; empty where none has.</param>
    public ReadOnlySpan<SampledRow> Sample(ReadOnlySpan<ScheduledSequence> plan, StepRows stepRows, ReadOnlySpan<float> inverseTemperatures, int vocabularySize)
    {
        var logits = stepRows.Logits;
        _works.Clear();
        _undecided.Clear();
        int rows = 0, work = 0;
        foreach (var part in plan)
        {
            rows = AddPromptRows(part, rows);
            work += part.PromptRows * PromptWork;
            if (!part.IsSampled)
                continue;

            _works.Add(new Work(part.Sequence, rows, part.Drafts));
            rows += part.SampledRows;
            bool isQuick = part.Sequence.Request.Sampling.Temperature <= 0 || (!inverseTemperatures.IsEmpty && inverseTemperatures[rows - 1] > 0);
            work += part.SampledRows * (isQuick ? GreedyWork : RandomWork);
        }
        if (logits.Length < rows * vocabularySize)
            throw new ArgumentException($"There are {logits.Length} logits for {rows} rows of {vocabularySize}.", nameof(logits));

        if (_results.Length < rows)
            Array.Resize(ref _results, rows);

        _results.AsSpan(0, rows).Clear();

        fixed (float* first = logits, candidateLogits = stepRows.CandidateLogits, totals = stepRows.Totals, inverse = inverseTemperatures)
        fixed (long* candidateTokens = stepRows.CandidateTokens)
        {
            int helpers = Math.Min(_helpers.Length, Math.Min(_works.Count - 1, work / WorkOfAHelper));
            lock (_gate)
            {
                _logits = first;
                _candidates = stepRows.Candidates;
                _candidateLogits = candidateLogits;
                _candidateTokens = candidateTokens;
                _totals = totals;
                _inverseTemperatures = inverse;
                (_vocabularySize, _left, _next, _done) = (vocabularySize, _works.Count, 0, 0);
                for (int i = 0; i < helpers; i++)
                    Monitor.Pulse(_gate);
            }
            DoWorks(_samplers[0]);
            lock (_gate)
            {
                while (_done < _left)
                    Monitor.Wait(_gate);

                // Whoever wakes from now on finds nothing.
                _left = 0;
            }
        }
        for (int row = 0; row < rows && stepRows.Candidates > 0; row++)
            if (_results[row].IsUndecided)
                _undecided.Add(row);

        return _results.AsSpan(0, rows);
    }

    /// <summary>Samples the undecided rows again, into the results of the last <see cref="Sample(ReadOnlySpan{ScheduledSequence}, StepRows, ReadOnlySpan{float}, int)"/>. They are few: on the caller's thread.</summary>
    /// <param name="logits">[sampled rows, vocabulary], of which the undecided ones are there.</param>
    public void Decide(ReadOnlySpan<float> logits)
    {
        foreach (var (sequence, row, _, _) in _works)
            if (_results[row].IsUndecided)
                _results[row] = Sample(_samplers[0], sequence, 0, logits.Slice(row * _vocabularySize, _vocabularySize));

        _undecided.Clear();
    }

    /// <summary>The best of the candidates of each of some rows, on the caller's thread; valid until the next call.</summary>
    public ReadOnlySpan<SampledRow> SampleBest(StepRows stepRows, ReadOnlySpan<int> rows)
    {
        if (_results.Length < rows.Length)
            Array.Resize(ref _results, rows.Length);

        for (int i = 0; i < rows.Length; i++)
        {
            int first = rows[i] * stepRows.Candidates;
            var candidates = new TokenCandidates(
                stepRows.CandidateLogits.Slice(first, stepRows.Candidates), stepRows.CandidateTokens.Slice(first, stepRows.Candidates), stepRows.Totals[rows[i]]);
            _results[i] = _samplers[0].BestOf(candidates) is { } token ? new SampledRow(token, null) : new SampledRow(null, null, IsUndecided: true);
        }
        return _results.AsSpan(0, rows.Length);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isEnding = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var helper in _helpers)
            helper.Join();
    }

    private void Help(Sampler sampler)
    {
        while (true)
        {
            lock (_gate)
            {
                while (_next >= _left && !_isEnding)
                    Monitor.Wait(_gate);

                if (_isEnding)
                    return;
            }
            DoWorks(sampler);
        }
    }

    /// <summary>Adds what is to be done for a part's rows of its prompt; returns the row after them.</summary>
    private int AddPromptRows(ScheduledSequence part, int row)
    {
        int end = row + part.PromptRows, position = part.Sequence.PromptRowsEnd(part.Start + part.Count - part.Drafts) - part.PromptRows;
        for (; row < end; row += PromptRowsAtOnce, position += PromptRowsAtOnce)
            _works.Add(new Work(part.Sequence, row, Math.Min(PromptRowsAtOnce, end - row), position));

        return end;
    }

    private void DoWorks(Sampler sampler)
    {
        while (true)
        {
            int next;
            lock (_gate)
            {
                if (_next >= _left)
                    return;

                next = _next++;
            }
            var work = _works[next];
            if (work.Position >= 0)
                LookUp(sampler, work);
            else
                Sample(sampler, work);

            lock (_gate)
            {
                // The caller may wait for the last part, and is not the only one who waits.
                if (++_done == _left)
                    Monitor.PulseAll(_gate);
            }
        }
    }

    private void Sample(Sampler sampler, Work work)
    {
        var (sequence, row, drafts, _) = work;
        for (int i = 0; i <= drafts; i++)
        {
            var result = _inverseTemperatures != null && _inverseTemperatures[row + i] > 0 ? SampleFrom(sampler, sequence, row + i) : Sample(sampler, sequence, i, LogitsOf(row + i));
            _results[row + i] = result;
            if (i < drafts && result.Token?.Id != sequence.TokensAndDrafts(drafts)[sequence.Length + i])
                break;
        }
    }

    /// <summary>How likely the prompt's tokens are behind those that have rows.</summary>
    private void LookUp(Sampler sampler, Work work)
    {
        var request = work.Sequence.Request;
        for (int i = 0; i < work.Rows; i++)
            _results[work.Row + i] = new SampledRow(sampler.Given(LogitsOf(work.Row + i), request.PromptTokens[work.Position + i + 1], request.PromptLogprobs ?? 0), null);
    }

    private ReadOnlySpan<float> LogitsOf(int row) => new(_logits + ((long)row * _vocabularySize), _vocabularySize);

    private SampledRow SampleFrom(Sampler sampler, Sequence sequence, int row)
    {
        long first = (long)row * _candidates;
        var token = sampler.SampleFrom(
            new TokenCandidates(new ReadOnlySpan<float>(_candidateLogits + first, _candidates), new ReadOnlySpan<long>(_candidateTokens + first, _candidates), _totals[row]), sequence);
        return new SampledRow(token, null, IsUndecided: token is null);
    }

    /// <summary>A row that cannot be sampled is its sequence's trouble, not its neighbours'.</summary>
    private static SampledRow Sample(Sampler sampler, Sequence sequence, int drafts, ReadOnlySpan<float> logits)
    {
        try
        {
            return new SampledRow(sampler.Sample(logits, sequence, drafts), null);
        }
        catch (Exception exception)
        {
            return new SampledRow(null, exception);
        }
    }

    /// <param name="Rows">Of a prompt: how many. Otherwise the drafts that have rows behind the first.</param>
    /// <param name="Position">Of a prompt: where its first row's token stands. -1 where the sequence's next token is sampled.</param>
    private readonly record struct Work(Sequence Sequence, int Row, int Rows, int Position = -1);
}

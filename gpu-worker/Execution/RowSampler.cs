using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Samples the rows of a step, on several threads where there is enough to do. Sequences are taken one by one by whoever is free, so a helper
/// that wakes late costs nothing; a row's token is the same whoever takes it. A sequence's rows after its drafts go in their order: each is sampled as if
/// the drafts before it were tokens, which they are by then, and the first draft that is not what was sampled ends them. Called by one thread at a time. Allocates nothing of its own.
/// </summary>
internal sealed unsafe class RowSampler : IDisposable
{
    /// <summary>The work of a row in units of a greedy one, by measurement: some 10 µs for a vocabulary of 32,000, against hundreds with noise.</summary>
    private const int GreedyWork = 1, RandomWork = 16;

    /// <summary>Work for which waking one more thread, some tens of µs, pays.</summary>
    private const int WorkOfAHelper = 12;

    private readonly object _gate = new();
    private readonly Sampler[] _samplers;
    private readonly List<(Sequence Sequence, int Row, int Drafts)> _parts = [];
    private readonly Thread[] _helpers;
    private SampledRow[] _results = [];
    private float* _logits;
    private int _next, _left, _done, _vocabularySize;
    private bool _isEnding;

    /// <param name="samplers">One for each thread, the caller's first.</param>
    public RowSampler(params Sampler[] samplers)
    {
        _samplers = samplers;
        _helpers = [.. samplers.Skip(1).Select(sampler => new Thread(() => Help(sampler)) { IsBackground = true, Name = "llm-sampler" })];
        foreach (var helper in _helpers)
            helper.Start();
    }

    /// <summary>The results of the sampled rows in their order, valid until the next call. Those of rows after a draft that did not come are nothing.</summary>
    /// <param name="logits">[sampled rows, vocabulary]</param>
    public ReadOnlySpan<SampledRow> Sample(ReadOnlySpan<ScheduledSequence> plan, ReadOnlySpan<float> logits, int vocabularySize)
    {
        _parts.Clear();
        int rows = 0, work = 0;
        foreach (var part in plan)
        {
            if (!part.IsSampled)
                continue;

            _parts.Add((part.Sequence, rows, part.Drafts));
            rows += part.SampledRows;
            work += part.SampledRows * (part.Sequence.Request.Sampling.Temperature <= 0 ? GreedyWork : RandomWork);
        }
        if (logits.Length < rows * vocabularySize)
            throw new ArgumentException($"There are {logits.Length} logits for {rows} rows of {vocabularySize}.", nameof(logits));

        if (_results.Length < rows)
            Array.Resize(ref _results, rows);

        _results.AsSpan(0, rows).Clear();

        fixed (float* first = logits)
        {
            int helpers = Math.Min(_helpers.Length, Math.Min(_parts.Count - 1, work / WorkOfAHelper));
            lock (_gate)
            {
                _logits = first;
                (_vocabularySize, _left, _next, _done) = (vocabularySize, _parts.Count, 0, 0);
                for (int i = 0; i < helpers; i++)
                    Monitor.Pulse(_gate);
            }
            Work(_samplers[0]);
            lock (_gate)
            {
                while (_done < _left)
                    Monitor.Wait(_gate);

                // Whoever wakes from now on finds nothing.
                _left = 0;
            }
        }
        return _results.AsSpan(0, rows);
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
            Work(sampler);
        }
    }

    private void Work(Sampler sampler)
    {
        while (true)
        {
            int part;
            lock (_gate)
            {
                if (_next >= _left)
                    return;

                part = _next++;
            }
            var (sequence, row, drafts) = _parts[part];
            for (int i = 0; i <= drafts; i++)
            {
                var result = Sample(sampler, sequence, i, new ReadOnlySpan<float>(_logits + ((long)(row + i) * _vocabularySize), _vocabularySize));
                _results[row + i] = result;
                if (i < drafts && result.Token?.Id != sequence.TokensAndDrafts(drafts)[sequence.Length + i])
                    break;
            }
            lock (_gate)
            {
                // The caller may wait for the last part, and is not the only one who waits.
                if (++_done == _left)
                    Monitor.PulseAll(_gate);
            }
        }
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
}

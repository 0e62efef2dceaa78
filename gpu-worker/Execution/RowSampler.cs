using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Samples the rows of a step, on several threads where there is enough to do. Rows are taken one by one by whoever is free, so a helper
/// that wakes late costs nothing; a row's token is the same whoever takes it. Called by one thread at a time. Allocates nothing of its own.
/// </summary>
internal sealed unsafe class RowSampler : IDisposable
{
    /// <summary>The work of a row in units of a greedy one, by measurement: some 10 µs for a vocabulary of 32,000, against hundreds with noise.</summary>
    private const int GreedyWork = 1, RandomWork = 16;

    /// <summary>Work for which waking one more thread, some tens of µs, pays.</summary>
    private const int WorkOfAHelper = 12;

    private readonly object _gate = new();
    private readonly Sampler[] _samplers;
    private readonly List<Sequence> _sequences = [];
    private readonly Thread[] _helpers;
    private SampledRow[] _results = [];
    private float* _logits;
    private int _next, _rows, _done, _vocabularySize;
    private bool _isEnding;

    /// <param name="samplers">One for each thread, the caller's first.</param>
    public RowSampler(params Sampler[] samplers)
    {
        _samplers = samplers;
        _helpers = [.. samplers.Skip(1).Select(sampler => new Thread(() => Help(sampler)) { IsBackground = true, Name = "llm-sampler" })];
        foreach (var helper in _helpers)
            helper.Start();
    }

    /// <summary>The results of the sampled parts in their order, valid until the next call.</summary>
    /// <param name="logits">[sampled parts, vocabulary]</param>
    public ReadOnlySpan<SampledRow> Sample(ReadOnlySpan<ScheduledSequence> plan, ReadOnlySpan<float> logits, int vocabularySize)
    {
        _sequences.Clear();
        int work = 0;
        foreach (var part in plan)
        {
            if (!part.IsSampled)
                continue;

            _sequences.Add(part.Sequence);
            work += part.Sequence.Request.Sampling.Temperature <= 0 ? GreedyWork : RandomWork;
        }
        int rows = _sequences.Count;
        if (logits.Length < rows * vocabularySize)
            throw new ArgumentException($"There are {logits.Length} logits for {rows} rows of {vocabularySize}.", nameof(logits));

        if (_results.Length < rows)
            Array.Resize(ref _results, rows);

        fixed (float* first = logits)
        {
            int helpers = Math.Min(_helpers.Length, Math.Min(rows - 1, work / WorkOfAHelper));
            lock (_gate)
            {
                _logits = first;
                (_vocabularySize, _rows, _next, _done) = (vocabularySize, rows, 0, 0);
                for (int i = 0; i < helpers; i++)
                    Monitor.Pulse(_gate);
            }
            Work(_samplers[0]);
            lock (_gate)
            {
                while (_done < _rows)
                    Monitor.Wait(_gate);

                // Whoever wakes from now on finds nothing.
                _rows = 0;
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
                while (_next >= _rows && !_isEnding)
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
            int row;
            lock (_gate)
            {
                if (_next >= _rows)
                    return;

                row = _next++;
            }
            _results[row] = Sample(sampler, _sequences[row], new ReadOnlySpan<float>(_logits + ((long)row * _vocabularySize), _vocabularySize));
            lock (_gate)
            {
                // The caller may wait for the last row, and is not the only one who waits.
                if (++_done == _rows)
                    Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>A row that cannot be sampled is its sequence's trouble, not its neighbours'.</summary>
    private static SampledRow Sample(Sampler sampler, Sequence sequence, ReadOnlySpan<float> logits)
    {
        try
        {
            return new SampledRow(sampler.Sample(logits, sequence), null);
        }
        catch (Exception exception)
        {
            return new SampledRow(null, exception);
        }
    }
}

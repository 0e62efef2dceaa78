using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>
/// A <see cref="HistoryModel"/> as a device runs it: rows yield their likeliest tokens, and a step may be begun before the one before is over, fed with those. Steps run when they are begun, in their order, and
/// what one yields is lost when the next but one begins.
/// </summary>
internal sealed class ChainedModel(HistoryModel inner) : IStepModel
{
    private const int Count = 8;

    private readonly Queue<(float[] Logits, bool IsAhead)> _begun = new();
    private long[] _likeliest = [];
    private float[] _last = [];

    public int VocabularySize => inner.VocabularySize;

    public int ContextLength => inner.ContextLength;

    public int BlockSize => inner.BlockSize;

    public int TableWidth => inner.TableWidth;

    public int Candidates => Count;

    public bool CanRunAhead => true;

    /// <summary>Steps that were begun while another one ran.</summary>
    public int Ahead { get; private set; }

    /// <summary>Rows that were read whole.</summary>
    public int Reads { get; private set; }

    /// <summary>Whether every third row has a second best token as good as the best, which the device takes for the best and the host does not.</summary>
    public bool HasTies { get; init; }

    /// <summary>Called when a step is about to be begun ahead.</summary>
    public Action? BeforeAhead { get; set; }

    /// <summary>Called when a step that was begun ahead is about to end.</summary>
    public Action? BeforeEnd { get; set; }

    /// <summary>The same, after what is done meanwhile: what was begun there has been fed by it.</summary>
    public Action? AfterMeanwhile { get; set; }

    /// <summary>Steps that were run whole though another was begun, which a device would do.</summary>
    public int Astray { get; private set; }

    /// <summary>Whether a step that fails when it is about to be begun has written over the rows of the one before by then.</summary>
    public bool FailsLate { get; init; }

    public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null) => RunRows(step with { InverseTemperatures = [] }, meanwhile).Logits;

    public StepRows RunRows(scoped StepInputs step, Action? meanwhile = null)
    {
        Astray += _begun.Count;
        Begin(step);
        return End(meanwhile);
    }

    public void Begin(scoped StepInputs step)
    {
        Assert.InRange(_begun.Count, 0, 1);
        bool isAhead = step.InputIds.ContainsAnyExceptInRange(0, int.MaxValue);
        if (isAhead)
        {
            Ahead++;
            BeginAhead();
        }
        int[] ids = [.. step.InputIds];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = ids[i] < 0 ? (int)_likeliest[~ids[i] * Count] : ids[i];

        float[] logits = inner.Run(step with { InputIds = ids }).ToArray();
        for (int row = 0; HasTies && row < step.SampledRows.Length; row += 3)
            logits[((row + 1) * VocabularySize) - 1] = 1;

        _likeliest = [.. logits.Chunk(VocabularySize).SelectMany(row => Order(row).Select(token => (long)token))];
        // What the host has read of a step is its own.
        _last = [.. logits];
        _begun.Enqueue((logits, isAhead));
    }

    public StepRows End(Action? meanwhile = null)
    {
        var (logits, isAhead) = _begun.Peek();
        long[] tokens = _likeliest;
        float[] totals = [.. logits.Chunk(VocabularySize).Select(row => row.Sum(logit => MathF.Exp(logit - row.Max())))];
        try
        {
            if (isAhead)
                BeforeEnd?.Invoke();

            meanwhile?.Invoke();
            if (isAhead)
                AfterMeanwhile?.Invoke();
        }
        catch
        {
            // Whatever was begun meanwhile has been fed with anything.
            foreach (var (fed, _) in _begun.Skip(1))
                Array.Fill(fed, 1);

            throw;
        }
        finally
        {
            _begun.Dequeue();
        }
        return new StepRows { Logits = logits, Candidates = Count, CandidateLogits = tokens.Select((token, i) => logits[(i / Count * VocabularySize) + token]).ToArray(), CandidateTokens = tokens, Totals = totals };
    }

    public ReadOnlySpan<float> ReadLogits(scoped ReadOnlySpan<int> rows)
    {
        Assert.Empty(_begun);
        Reads += rows.Length;
        return _last;
    }

    public void Dispose()
    {
        Assert.Empty(_begun);
        inner.Dispose();
    }

    private void BeginAhead()
    {
        try
        {
            BeforeAhead?.Invoke();
        }
        catch when (FailsLate)
        {
            Array.Fill(_last, 1);
            throw;
        }
    }

    private static IEnumerable<int> Order(float[] row) => Enumerable.Range(0, row.Length).OrderByDescending(token => row[token]).ThenByDescending(token => token).Take(Count);
}

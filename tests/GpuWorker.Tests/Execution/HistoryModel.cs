using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>
/// A model whose next token is a function of the whole history, which it can only know from its paged cache: each slot holds a token. A
/// wrong block, slot, length or order of any step therefore shows in what it says.
/// </summary>
internal sealed class HistoryModel(int blocks, int blockSize, int contextLength, int vocabularySize = 1000) : IStepModel
{
    private readonly int[] _slots = new int[blocks * blockSize];
    private readonly float[] _logits = new float[1024 * vocabularySize];

    public int Blocks => blocks;

    public int VocabularySize => vocabularySize;

    public int ContextLength => contextLength;

    public int BlockSize => blockSize;

    public int TableWidth => (contextLength + blockSize - 1) / blockSize;

    public int Steps { get; private set; }

    public long Tokens { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Over 0: the answer mostly repeats what stands so many tokens before, until its history says otherwise, for one token in eight.</summary>
    public int Period { get; init; }

    /// <summary>A step that holds this token fails.</summary>
    public int? FailsOn { get; set; }

    /// <summary>A sampled row whose input is this token has NaN logits.</summary>
    public int? NanOn { get; set; }

    /// <summary>Called before each step, on the loop's thread.</summary>
    public Action? BeforeStep { get; set; }

    /// <summary>Called with the tokens of each step, on the loop's thread.</summary>
    public Action<int[]>? BeforeTokens { get; set; }

    /// <summary>What follows a history: 3 to vocabulary - 1, so that 0 to 2 never come by themselves.</summary>
    public static int Next(ReadOnlySpan<int> history, int vocabularySize, int period = 0)
    {
        uint hash = 2166136261;
        foreach (int token in history)
            hash = (hash ^ (uint)token) * 16777619;

        return period > 0 && history.Length >= period && hash % 8 > 0 ? history[^period] : 3 + (int)(hash % (uint)(vocabularySize - 3));
    }

    /// <summary>What the model answers to a prompt.</summary>
    public static int[] Answer(int[] prompt, int count, int vocabularySize = 1000, int period = 0)
    {
        List<int> tokens = [.. prompt];
        for (int i = 0; i < count; i++)
            tokens.Add(Next([.. tokens], vocabularySize, period));

        return [.. tokens.Skip(prompt.Length)];
    }

    public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null)
    {
        meanwhile?.Invoke();
        BeforeStep?.Invoke();
        BeforeTokens?.Invoke(step.InputIds.ToArray());
        Steps++;
        Tokens += step.InputIds.Length;
        if (FailsOn is { } poison && step.InputIds.Contains(poison))
            throw new InvalidOperationException("The model fails on this token.");

        for (int t = 0; t < step.InputIds.Length; t++)
            _slots[step.SlotMapping[t]] = step.InputIds[t];

        for (int row = 0; row < step.SampledRows.Length; row++)
        {
            var logits = _logits.AsSpan(row * vocabularySize, vocabularySize);
            logits.Clear();
            if (step.InputIds[step.SampledRows[row]] == NanOn)
                logits.Fill(float.NaN);
            else
                logits[Next(History(step, step.SampledRows[row]), vocabularySize, Period)] = 1;
        }
        return _logits.AsSpan(0, step.SampledRows.Length * vocabularySize);
    }

    public void Dispose() => IsDisposed = true;

    private int[] History(in StepInputs step, int row)
    {
        int sequence = 0;
        while (row >= step.CumulativeLengths[sequence + 1])
            sequence++;

        var history = new int[step.PastLengths[sequence] + row - step.CumulativeLengths[sequence] + 1];
        for (int position = 0; position < history.Length; position++)
        {
            int block = step.BlockTable[(sequence * TableWidth) + (position / blockSize)];
            history[position] = _slots[(block * blockSize) + (position % blockSize)];
        }
        return history;
    }
}

using Serverless.GpuWorker.Execution;

namespace Serverless.Benchmarks.Speculation;

/// <summary>
/// A model that takes the time of another and says what a script says: how fast answers come from a model of a large shape that answers as a small one does. A prompt's second token is the number of its script.
/// </summary>
/// <param name="blocks">Of the cache.</param>
/// <param name="scripts">Tokens of each prompt, and its answer with the token that ends it.</param>
internal sealed class ScriptedModel(IStepModel model, int blocks, IReadOnlyList<(int Prompt, int[] Answer)> scripts) : IStepModel
{
    private readonly int[] _slots = new int[blocks * model.BlockSize];
    private float[] _logits = [];

    public int VocabularySize => model.VocabularySize;

    public int ContextLength => model.ContextLength;

    public int BlockSize => model.BlockSize;

    public int TableWidth => model.TableWidth;

    public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null)
    {
        model.Run(step, meanwhile);
        for (int token = 0; token < step.InputIds.Length; token++)
            _slots[step.SlotMapping[token]] = step.InputIds[token];

        int size = step.SampledRows.Length * VocabularySize, sequence = 0;
        if (_logits.Length < size)
            _logits = new float[size];

        var logits = _logits.AsSpan(0, size);
        logits.Clear();
        for (int row = 0; row < step.SampledRows.Length; row++)
        {
            while (step.SampledRows[row] >= step.CumulativeLengths[sequence + 1])
                sequence++;

            var (prompt, answer) = scripts[_slots[(step.BlockTable[sequence * TableWidth] * BlockSize) + 1]];
            int next = step.PastLengths[sequence] + step.SampledRows[row] - step.CumulativeLengths[sequence] + 1 - prompt;
            logits[(row * VocabularySize) + answer[Math.Clamp(next, 0, answer.Length - 1)]] = 1;
        }
        return logits;
    }

    public void Dispose() => model.Dispose();
}

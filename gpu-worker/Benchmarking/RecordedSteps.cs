using System.Diagnostics;
using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>A model that notes when each step began and ended, so that the time between steps, which is the engine's own, can be told.</summary>
internal sealed class RecordedSteps(IStepModel model) : IStepModel
{
    private readonly List<(int Tokens, int Sequences, long Started, long Ended)> _steps = [];

    public int VocabularySize => model.VocabularySize;

    public int ContextLength => model.ContextLength;

    public int BlockSize => model.BlockSize;

    public int TableWidth => model.TableWidth;

    public ReadOnlySpan<float> Run(scoped StepInputs step)
    {
        long started = Stopwatch.GetTimestamp();
        var logits = model.Run(step);
        _steps.Add((step.InputIds.Length, step.PastLengths.Length, started, Stopwatch.GetTimestamp()));
        return logits;
    }

    /// <summary>
    /// Seconds from the beginning of a step to the next one's, and those in the model, medians over the steps that decode for
    /// <paramref name="batch"/> sequences and are followed by another such.
    /// </summary>
    public (double Period, double Model) Decode(int batch)
    {
        List<double> periods = [], inside = [];
        for (int i = 0; i + 1 < _steps.Count; i++)
        {
            if (_steps[i].Tokens != batch || _steps[i].Sequences != batch || _steps[i + 1].Sequences != batch)
                continue;

            periods.Add(Stopwatch.GetElapsedTime(_steps[i].Started, _steps[i + 1].Started).TotalSeconds);
            inside.Add(Stopwatch.GetElapsedTime(_steps[i].Started, _steps[i].Ended).TotalSeconds);
        }
        return (Statistics.Median(periods), Statistics.Median(inside));
    }

    public void Dispose() => model.Dispose();
}

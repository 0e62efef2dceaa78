using System.Diagnostics;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Benchmarking;

/// <summary>
/// A model that several engines use one after another, and that notes how long steps take and what passes between them, which is the engine's
/// own time. It prepares a step before the one that runs and not beside it, so that none of that time hides behind a device. Disposing it leaves
/// the model alone.
/// </summary>
internal sealed class TimedSteps(IStepModel model) : IStepModel
{
    private readonly List<(int Sequences, int Tokens, long Started, long Ended)> _steps = new(1 << 16);

    public int VocabularySize => model.VocabularySize;

    public int ContextLength => model.ContextLength;

    public int BlockSize => model.BlockSize;

    public int TableWidth => model.TableWidth;

    public int MaxRows => model.MaxRows;

    public int Candidates => model.Candidates;

    public DeviceMemory? Memory => model.Memory;

    public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null) => RunRows(step with { InverseTemperatures = [] }, meanwhile).Logits;

    public StepRows RunRows(scoped StepInputs step, Action? meanwhile = null)
    {
        meanwhile?.Invoke();
        long started = Stopwatch.GetTimestamp();
        var rows = model.RunRows(step);
        _steps.Add((step.PastLengths.Length, step.InputIds.Length, started, Stopwatch.GetTimestamp()));
        return rows;
    }

    public ReadOnlySpan<float> ReadLogits(scoped ReadOnlySpan<int> rows) => model.ReadLogits(rows);

    /// <summary>
    /// Medians over the steps that decode for <paramref name="batch"/> sequences and are followed by another such, the first
    /// <paramref name="skipped"/> left out: seconds from a step's end in the model to the next one's beginning, seconds in the model, and
    /// seconds from a step's beginning to the next one's.
    /// </summary>
    public (double Between, double Inside, double Period) Decoding(int batch, int skipped = 0)
    {
        List<double> between = [], inside = [], periods = [];
        for (int i = 0; i + 1 < _steps.Count; i++)
        {
            if (!Decodes(_steps[i]) || !Decodes(_steps[i + 1]) || skipped-- > 0)
                continue;

            between.Add(Stopwatch.GetElapsedTime(_steps[i].Ended, _steps[i + 1].Started).TotalSeconds);
            inside.Add(Stopwatch.GetElapsedTime(_steps[i].Started, _steps[i].Ended).TotalSeconds);
            periods.Add(Stopwatch.GetElapsedTime(_steps[i].Started, _steps[i + 1].Started).TotalSeconds);
        }
        return (Statistics.Median(between), Statistics.Median(inside), Statistics.Median(periods));

        bool Decodes((int Sequences, int Tokens, long Started, long Ended) step) => step.Sequences == batch && step.Tokens == batch;
    }

    public void Dispose()
    {
        // Its owner does.
    }
}

using Serverless.GpuWorker.Speculation;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Measures, before a model serves, how long its steps take by their rows. The steps are those that verify drafts: rows of one sequence behind some context, each with its logits. Others may use the machine at
/// the same time, so sizes take turns and the fastest time of each counts. What the steps leave in the cache nobody reads.
/// </summary>
internal static class StepCostMeter
{
    private const int Context = 255, MostRounds = 4;

    /// <summary>A step that takes longer has fewer sizes measured, so that the start does not take long.</summary>
    private const double SlowSeconds = 0.05;

    /// <summary>No size is measured beyond one whose rows cost more than this share of what rows of half the size do: larger steps gain nothing.</summary>
    private const double LeastSaving = 0.95;

    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(0.3);
    private static readonly int[] Sizes = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 128];
    private static readonly int[] SlowSizes = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64];

    /// <summary>Null where no time passes, on a clock that stands still.</summary>
    /// <param name="blocks">Of the model's cache.</param>
    /// <param name="mostRows">Rows of the largest step that the model takes.</param>
    public static StepCosts? Measure(IStepModel model, int blocks, int mostRows, TimeProvider time)
    {
        int tokens = (int)Math.Min(model.ContextLength, (long)blocks * model.BlockSize);
        mostRows = Math.Min(mostRows, tokens);
        int past = Math.Min(Context, tokens - mostRows);
        // The first step makes buffers.
        Run(model, past, 1, time);
        double first = Run(model, past, 1, time);
        int[] sizes = [.. (first > SlowSeconds ? SlowSizes : Sizes).Where(size => size <= mostRows)];
        var best = new double[sizes.Length];
        Array.Fill(best, double.PositiveInfinity);
        long began = time.GetTimestamp();
        for (int round = 0; round < MostRounds && (round == 0 || time.GetElapsedTime(began) < Enough); round++)
        {
            for (int i = 0; i < sizes.Length; i++)
            {
                best[i] = Math.Min(best[i], Run(model, past, sizes[i], time));
                if (best[i] <= 0)
                    return null;

                if (round > 0 || sizes[i] < 16 || best[i] / sizes[i] <= LeastSaving * best[Array.IndexOf(sizes, sizes[i] / 2)] / (sizes[i] / 2))
                    continue;

                sizes = sizes[..(i + 1)];
            }
        }
        return new StepCosts([.. sizes.Zip(best)]);
    }

    private static double Run(IStepModel model, int past, int rows, TimeProvider time)
    {
        var table = new int[model.TableWidth];
        int blocks = (past + rows + model.BlockSize - 1) / model.BlockSize;
        for (int i = 0; i < table.Length; i++)
            table[i] = i < blocks ? i : -1;

        int[] all = [.. Enumerable.Range(0, rows)];
        long started = time.GetTimestamp();
        model.Run(new StepInputs
        {
            InputIds = [.. all.Select(row => row % model.VocabularySize)],
            CumulativeLengths = [0, rows],
            PastLengths = [past],
            BlockTable = table,
            SlotMapping = [.. all.Select(row => past + row)],
            SampledRows = all,
        });
        return time.GetElapsedTime(started).TotalSeconds;
    }
}
